import { join } from 'node:path';
import Table from 'cli-table3';
import { quantile } from 'simple-statistics';
import { loadLatency } from '../../src/datasets/load.js';
import { connectedOnly } from '../../src/datasets/samples.js';
import { CALIBRATION_SAMPLES, cut, runTrial } from '../../src/predictors/evaluation.js';
import { predictorNamed } from '../../src/predictors/index.js';
import { LEVEL } from '../../src/predictors/interval.js';
import { IntervalModel, upperMultiple } from '../../src/predictors/interval-model.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { OnnxPredictor } from '../../src/predictors/saved.js';
import { withinLimits } from '../../src/search/constraints.js';
import { DEFAULT_CONFIDENCE } from '../../src/search/latency-source.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import { type cifar100, SEEDS } from './nasbench201.js';
import { remembered } from './results.js';
import { runs, spread } from './runs.js';

/**
 * A phone's CPU and another's GPU from LatBench, whose networks were pruned before they were timed, and a server that
 * times them whole: a quarter of its measurements, in runs of neighbouring rows, are 15 to 20 % slower than the others.
 */
const DEVICES: readonly { file: string; device: string; deadOperations: DeadOperations }[] = [
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
const CONFIDENCES = [0, DEFAULT_CONFIDENCE, 0.95];

/** What a search returned, held against the truth. */
interface Returned {
  readonly meets: boolean;
  /** Points of accuracy below the best network that truly meets the limit. */
  readonly lost: number;
  /** Networks measured, beside the 1,000. */
  readonly measurements: number;
}

type Data = Awaited<ReturnType<typeof cifar100>>;

/** Searches under a limit on predicted latency, held against the measured one afterwards. */
export async function latencyLimitsTable(data: Data, shared: string): Promise<void> {
  const table = new Table({
    head: [
      'device',
      'limit, and the best within it',
      'strategy',
      'what is returned',
      'within',
      'accuracy lost',
      'by the bound alone',
      'measured',
    ],
    style: { head: [], border: [] },
  });
  for (const device of DEVICES) {
    const measured = await measuredLatency(data, join(shared, device.file), device.device);
    const predictions = [];
    for (const seed of SEEDS) {
      const bounds = await predictedBounds(data, shared, device, seed);
      if (bounds) predictions.push({ seed, bounds });
    }
    if (predictions.length === 0) continue;
    for (const share of QUANTILES) {
      const maxMs = Number(quantile([...measured], share).toPrecision(3));
      const accuracies = data.accuracyOf(data.pool).filter((_, i) => measured[i] <= maxMs);
      const optimum = accuracies.reduce((a, b) => Math.max(a, b));
      const meets = ({ network }: { network: string }) =>
        measured[data.pool.candidateOf(space.parse(network))!] <= maxMs;
      for (const strategy of STRATEGIES) {
        for (const [k, confidence] of CONFIDENCES.entries()) {
          const returned: Returned[] = [];
          const unavoidable: number[] = [];
          const measuredAfter: Returned[] = [];
          for (const { seed, bounds } of predictions) {
            const limit = { device: device.device, maxMs, latencyMs: bounds[0], upperMs: bounds[k] };
            const pool = withinLimits(data.pool, [limit]);
            const name = `${device.device} within ${maxMs} ms at ${confidence}`;
            const [run] = await runs({ ...data, pool, name, strategy, budget: 100 }, [seed]);
            if (!run) continue;
            const lost = (of: { accuracy: number }) => optimum - of.accuracy;
            const within = data.accuracyOf(pool).reduce((a, b) => Math.max(a, b));
            unavoidable.push(lost({ accuracy: within }));
            returned.push({ meets: meets(run.top[0]), lost: lost(run.top[0]), measurements: 0 });
            const first = run.top.findIndex(meets);
            measuredAfter.push({
              meets: first >= 0,
              lost: first < 0 ? Number.NaN : lost(run.top[first]),
              measurements: first + 1,
            });
          }
          const rows: [string, Returned[]][] = [
            [confidence === 0 ? 'the best as predicted' : `the best at ${confidence * 100} %`, returned],
          ];
          if (confidence === DEFAULT_CONFIDENCE) rows.push(['… that measures within', measuredAfter]);
          for (const [how, of] of rows) {
            if (of.length === 0) continue;
            table.push([
              device.device,
              `${maxMs} ms, ${optimum.toFixed(2)} %`,
              strategy,
              how,
              `${of.filter((each) => each.meets).length}/${of.length}`,
              spread(meanAndStd(of.map(({ lost }) => lost))),
              spread(meanAndStd(unavoidable)),
              meanAndStd(of.map(({ measurements }) => measurements)).mean.toFixed(1),
            ]);
          }
        }
      }
    }
  }
  console.log(
    'CIFAR-100 test % under a limit on predicted latency (1,000 measurements), best of 100 networks',
  );
  console.log(table.toString());
}

async function measuredLatency({ pool }: Data, file: string, device: string): Promise<Float64Array> {
  const samples = await loadLatency(file, { space, device });
  const rows = new Map(samples.architectures.map((a, i) => [space.format(a), samples.latencyMs[i]]));
  return Float64Array.from(pool.architectures, (a) => rows.get(space.format(a))!);
}

/**
 * The candidates' latencies by a predictor of 900 measurements, validated on 100, as bounds at each confidence. Those
 * that were measured for it are known.
 *
 * @returns `[confidence][candidate]`, ms
 */
async function predictedBounds(
  { pool }: Data,
  shared: string,
  { file, device, deadOperations }: (typeof DEVICES)[number],
  seed: number,
): Promise<Float64Array[] | undefined> {
  const samples = connectedOnly(space, await loadLatency(join(shared, file), { space, device }));
  const parts = cut(space, samples, { kind: 'random', train: 900, valid: 100, seed });
  const kept = await remembered(`bounds ${device} ${seed} ${CONFIDENCES}`, async () => {
    const kind = predictorNamed('gcn');
    const calibration = { samples: CALIBRATION_SAMPLES, kind: 'random' } as const;
    const trial = await runTrial(
      kind,
      space,
      deadOperations,
      parts,
      seed,
      { threads: 1 },
      undefined,
      calibration,
    );
    const predictor = await OnnxPredictor.create(trial.model.onnx, kind, space, deadOperations, 1);
    const latencyMs = await predictor.predict(pool.architectures);
    await predictor.release();
    const { onnx, upper } = trial.interval!;
    const intervals = await IntervalModel.create(onnx, space, deadOperations, LEVEL);
    const { logHigh } = await intervals.spread(pool.architectures);
    await intervals.release();
    return CONFIDENCES.map((confidence) => {
      const multiple = confidence === 0 ? 0 : upperMultiple(upper, confidence);
      return Array.from(latencyMs, (ms, i) => Number((ms * Math.exp(logHigh[i] * multiple)).toPrecision(6)));
    });
  });
  return kept?.map((bound) => {
    const ms = Float64Array.from(bound);
    for (const part of [parts.train, parts.valid]) {
      part.architectures.forEach((architecture, i) => {
        const candidate = pool.candidateOf(architecture);
        const isSame =
          candidate !== undefined &&
          space.format(pool.architectures[candidate]) === space.format(architecture);
        if (isSame) ms[candidate] = part.latencyMs[i];
      });
    }
    return ms;
  });
}
