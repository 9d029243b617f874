import { join } from 'node:path';
import { quantile } from 'simple-statistics';
import { loadSamples } from '../../src/datasets/load.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { withinLimits } from '../../src/search/constraints.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { meanStdText } from '../format.js';
import { type PredictedDevice, PredictedLatency } from './latency-bounds.js';
import type { Cifar100 } from './nasbench201.js';
import { poolValues, type RunRow, SEEDS, type Setting } from './runs.js';
import { printTable, type RunsOf, type SearchTable } from './tables.js';

/**
 * A phone's CPU and a desktop's GPU, which measure well; and two that scatter: a phone's GPU, and a server of which a
 * quarter of the measurements, in runs of neighbouring rows, are 15 to 20 % slower than the others. LatBench pruned
 * networks before it timed them. The default confidence was chosen on five other devices.
 */
const DEVICES: readonly PredictedDevice[] = [
  {
    file: 'nasbench201/latbench.csv.gz',
    device: 'mobile_cpu_snapdragon_855_kryo_485_int8',
    deadOperations: 'pruned',
  },
  { file: 'nasbench201/latency.csv.gz', device: '1080ti_1', deadOperations: 'timed' },
  {
    file: 'nasbench201/latbench.csv.gz',
    device: 'mobile_gpu_snapdragon_675_adreno_612_int8',
    deadOperations: 'pruned',
  },
  { file: 'nasbench201/latency.csv.gz', device: 'gold_6240', deadOperations: 'timed' },
];
/** Limits as quantiles of the candidates' latencies. */
const QUANTILES = [0.25, 0.5, 0.75];
const STRATEGIES = ['local', 'brp'];
/** Shares of networks whose latency is to be below the bound that is held against the limit; 0: the prediction. */
const CONFIDENCES = [0, DEFAULT_CONFIDENCE];

/** A limit on a device, and what is true of it. */
interface Limit {
  readonly device: PredictedDevice;
  readonly share: number;
  readonly maxMs: number;
  /** `[candidate]`, ms; NaN where a network was not measured, so that nobody can tell whether it meets the limit. */
  readonly measured: Float64Array;
  /** The best accuracy of a network that truly meets the limit, %. */
  readonly optimum: number;
  meets(of: { readonly network: string }): boolean;
}

/** A search, and the limit it was under. */
interface LimitedRun extends RunRow {
  readonly limit: Limit;
}

const HEAD = [
  ...['device', 'limit, best within it', 'strategy', 'as predicted: within', 'lost'],
  ...[`at ${DEFAULT_CONFIDENCE * 100} %: within`, 'lost', 'by the bound alone'],
  ...['… measured until within: lost', 'measurements'],
];

/** Searches under a limit on predicted latency, held against the measured one afterwards. */
export async function latencyLimitsTable(
  data: Cifar100,
  shared: string,
  folder: string | undefined,
): Promise<SearchTable> {
  const predicted = new PredictedLatency(data.pool, shared, folder);
  const limits: Limit[] = [];
  for (const device of DEVICES) limits.push(...(await limitsOn(device, data, shared)));
  return {
    settings: limits.flatMap((limit) =>
      STRATEGIES.flatMap((strategy) =>
        CONFIDENCES.map((c) => settingOf(limit, strategy, c, data, predicted)),
      ),
    ),
    print: (runsOf) =>
      printTable(
        'CIFAR-100 test % of the best of 100 networks under a limit on predicted latency (1,000 measurements):',
        HEAD,
        DEVICES.flatMap((device) => {
          const own = limits.filter((limit) => limit.device === device);
          return [...own.map((limit) => [limit]), own].flatMap((group) => {
            const limit = group.length > 1 ? 'all' : `${group[0].maxMs} ms, ${group[0].optimum.toFixed(2)} %`;
            return STRATEGIES.map((strategy) => {
              const cells = cellsOf(group, strategy, runsOf);
              return cells.length === 0 ? [] : [device.device, limit, strategy, ...cells];
            });
          });
        }),
      ),
  };
}

async function limitsOn(
  device: PredictedDevice,
  { pool, accuracies }: Cifar100,
  shared: string,
): Promise<Limit[]> {
  const samples = await loadSamples(join(shared, device.file), { space, device: device.device });
  const measured = poolValues(pool, samples.architectures, samples.values);
  const told = [...measured].filter((ms) => !Number.isNaN(ms));
  return QUANTILES.map((share) => {
    const maxMs = Number(quantile(told, share).toPrecision(3));
    return {
      device,
      share,
      maxMs,
      measured,
      optimum: accuracies.filter((_, i) => measured[i] <= maxMs).reduce((a, b) => Math.max(a, b)),
      meets: ({ network }) => measured[pool.candidateOf(space.parse(network))!] <= maxMs,
    };
  });
}

const nameOf = ({ device, share }: Limit, strategy: string, confidence: number) =>
  `limits/${device.device}/${share}/${strategy}/${confidence}`;

function settingOf(
  limit: Limit,
  strategy: string,
  confidence: number,
  { pool, accuracies }: Cifar100,
  predicted: PredictedLatency,
): Setting {
  const { device, maxMs, measured } = limit;
  return {
    name: nameOf(limit, strategy, confidence),
    strategy,
    budget: 100,
    seeds: SEEDS.slice(0, 5),
    async task(seed) {
      const { latencyMs, upperMs } = await predicted.of(device, seed);
      const bound = (confidence === 0 ? latencyMs : upperMs).map((ms, i) =>
        Number.isNaN(measured[i]) ? Number.POSITIVE_INFINITY : ms,
      );
      const within = withinLimits(pool, [
        { device: device.device, bound: maxMs, values: latencyMs, worst: bound },
      ]);
      return { pool: within, accuracies: poolValues(within, pool.architectures, accuracies) };
    },
  };
}

/**
 * Whether the best that is returned truly meets the limit, and how many points below the best that does; at the default
 * confidence also what is lost before the search, as no better network is let through, and what is left if networks are
 * measured from the best on until one meets the limit.
 */
function cellsOf(limits: readonly Limit[], strategy: string, runsOf: RunsOf): string[] {
  const [plain, bounded] = CONFIDENCES.map((confidence) =>
    limits.flatMap((limit) =>
      runsOf(nameOf(limit, strategy, confidence)).map((run): LimitedRun => ({ ...run, limit })),
    ),
  );
  if (plain.length === 0 || bounded.length === 0) return [];
  const within = (runs: readonly LimitedRun[]) =>
    `${runs.filter(({ limit, top }) => limit.meets(top[0])).length}/${runs.length}`;
  const lost = (runs: readonly LimitedRun[], best: (run: LimitedRun) => number | undefined) =>
    meanStdText(
      runs.map((run) => run.limit.optimum - (best(run) ?? Number.NaN)),
      2,
    );
  const first = ({ limit, top }: LimitedRun) => top.findIndex(limit.meets);
  return [
    within(plain),
    lost(plain, ({ top }) => top[0].accuracy),
    within(bounded),
    lost(bounded, ({ top }) => top[0].accuracy),
    lost(bounded, ({ optimum }) => optimum),
    lost(bounded, (run) => run.top[first(run)]?.accuracy),
    meanAndStd(bounded.map((run) => first(run) + 1)).mean.toFixed(1),
  ];
}
