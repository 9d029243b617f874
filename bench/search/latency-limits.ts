import { join } from 'node:path';
import { quantile } from 'simple-statistics';
import { loadLatency } from '../../src/datasets/load.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { withinLimits } from '../../src/search/constraints.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201.js';
import { type PredictedDevice, PredictedLatency } from './latency-bounds.js';
import type { Cifar100 } from './nasbench201.js';
import { SEEDS, type Setting, valuesOf } from './runs.js';
import { printTable, type RunsOf, type SearchTable, spread } from './tables.js';

/**
 * A phone's CPU and another's GPU from LatBench, whose networks were pruned before they were timed, and a server that
 * times them whole: a quarter of its measurements, in runs of neighbouring rows, are 15 to 20 % slower than the others.
 */
const DEVICES: readonly PredictedDevice[] = [
  {
    file: 'nasbench201/latbench.csv.gz',
    device: 'mobile_cpu_snapdragon_855_kryo_485_int8',
    deadOperations: 'pruned',
  },
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

/** What a search returned, held against the truth. */
interface Returned {
  readonly meets: boolean;
  /** Points of accuracy below the best network that truly meets the limit. */
  readonly lost: number;
  /** Those that are lost before the search, as no better network is let through. */
  readonly byBound: number;
  /** Networks measured, beside the 1,000. */
  readonly measurements: number;
}

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
        'CIFAR-100 test % under a limit on predicted latency (1,000 measurements), best of 100 networks',
        [
          'device',
          'limit',
          'strategy',
          'what is returned',
          'within',
          'accuracy lost',
          'by the bound alone',
          'measured',
        ],
        DEVICES.flatMap((device) => {
          const own = limits.filter((limit) => limit.device === device);
          return [...own.map((limit) => [limit]), own].flatMap((group) => {
            const limit = group.length > 1 ? 'all' : `${group[0].maxMs} ms, ${group[0].optimum.toFixed(2)} %`;
            return STRATEGIES.flatMap((strategy) =>
              rowsOf(group, strategy, runsOf).map((row) => [device.device, limit, strategy, ...row]),
            );
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
  const samples = await loadLatency(join(shared, device.file), { space, device: device.device });
  const measured = valuesOf(pool, samples.architectures, samples.latencyMs);
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
    seeds: SEEDS.slice(0, 10),
    async task(seed) {
      const { latencyMs, upperMs } = await predicted.of(device, seed);
      const bound = (confidence === 0 ? latencyMs : upperMs).map((ms, i) =>
        Number.isNaN(measured[i]) ? Number.POSITIVE_INFINITY : ms,
      );
      const within = withinLimits(pool, [{ device: device.device, maxMs, latencyMs, upperMs: bound }]);
      return { pool: within, accuracies: valuesOf(within, pool.architectures, accuracies) };
    },
  };
}

/** What a strategy returned at each confidence, and at the default one what is left after measuring. */
function rowsOf(limits: readonly Limit[], strategy: string, runsOf: RunsOf): string[][] {
  return CONFIDENCES.flatMap((confidence) => {
    const returned: Returned[] = [];
    const measured: Returned[] = [];
    for (const limit of limits) {
      const { optimum, meets } = limit;
      for (const { top, optimum: reachable } of runsOf(nameOf(limit, strategy, confidence))) {
        const byBound = optimum - reachable;
        returned.push({ meets: meets(top[0]), lost: optimum - top[0].accuracy, byBound, measurements: 0 });
        const first = top.findIndex(meets);
        const lost = first < 0 ? Number.NaN : optimum - top[first].accuracy;
        measured.push({ meets: first >= 0, lost, byBound, measurements: first + 1 });
      }
    }
    if (returned.length === 0) return [];
    if (confidence === 0) return [cells('the best as predicted', returned)];
    return [cells(`the best at ${confidence * 100} %`, returned), cells('… that measures within', measured)];
  });
}

function cells(what: string, of: readonly Returned[]): string[] {
  const over = (value: (each: Returned) => number) => meanAndStd(of.map(value));
  return [
    what,
    `${of.filter(({ meets }) => meets).length}/${of.length}`,
    spread(over(({ lost }) => lost)),
    spread(over(({ byBound }) => byBound)),
    over(({ measurements }) => measurements).mean.toFixed(1),
  ];
}
