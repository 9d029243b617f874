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
type Device = (typeof DEVICES)[number];

/** A limit on a device, and what is true of it. */
interface Task {
  readonly device: string;
  readonly maxMs: number;
  /** The best accuracy of a network that truly meets the limit, %. */
  readonly optimum: number;
  meets(of: { readonly network: string }): boolean;
  /** `bounds[confidence][candidate]`, ms, by the predictor of each seed. */
  readonly predictions: readonly { readonly seed: number; readonly bounds: readonly Float64Array[] }[];
}

const HEAD = [
  'device',
  'limit, and the best within it',
  'strategy',
  'what is returned',
  'within',
  'accuracy lost',
  'by the bound alone',
  'measured',
];

/** Searches under a limit on predicted latency, held against the measured one afterwards. */
export async function latencyLimitsTable(data: Data, shared: string): Promise<void> {
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  for (const device of DEVICES) {
    for (const task of await tasksOn(device, data, shared)) {
      for (const strategy of STRATEGIES) {
        for (const confidence of CONFIDENCES) table.push(...(await rowsOf(task, data, strategy, confidence)));
      }
    }
  }
  console.log(
    'CIFAR-100 test % under a limit on predicted latency (1,000 measurements), best of 100 networks',
  );
  console.log(table.toString());
}

/** A task for each limit; none while there are no predictions yet. */
async function tasksOn(device: Device, data: Data, shared: string): Promise<Task[]> {
  const measured = await measuredLatency(data, join(shared, device.file), device.device);
  const predictions: Task['predictions'][number][] = [];
  for (const seed of SEEDS) {
    const bounds = await predictedBounds(data, shared, device, seed);
    if (bounds) predictions.push({ seed, bounds });
  }
  if (predictions.length === 0) return [];
  const accuracies = data.accuracyOf(data.pool);
  return QUANTILES.map((share) => {
    const maxMs = Number(quantile([...measured], share).toPrecision(3));
    return {
      device: device.device,
      maxMs,
      optimum: accuracies.filter((_, i) => measured[i] <= maxMs).reduce((a, b) => Math.max(a, b)),
      meets: ({ network }) => measured[data.pool.candidateOf(space.parse(network))!] <= maxMs,
      predictions,
    };
  });
}

/** Rows of a strategy at a confidence: what it returned, and at the default also what is left after measuring. */
async function rowsOf(task: Task, data: Data, strategy: string, confidence: number): Promise<string[][]> {
  const { device, maxMs, optimum, meets } = task;
  const returned: Returned[] = [];
  const measuredAfter: Returned[] = [];
  /** Points that are lost already because the best networks are refused. */
  const unavoidable: number[] = [];
  for (const { seed, bounds } of task.predictions) {
    const upperMs = bounds[CONFIDENCES.indexOf(confidence)];
    const pool = withinLimits(data.pool, [{ device, maxMs, latencyMs: bounds[0], upperMs }]);
    const name = `${device} within ${maxMs} ms at ${confidence}`;
    const [run] = await runs({ ...data, pool, name, strategy, budget: 100 }, [seed]);
    if (!run) continue;
    const [best] = run.top;
    returned.push({ meets: meets(best), lost: optimum - best.accuracy, measurements: 0 });
    const first = run.top.findIndex(meets);
    const lost = first < 0 ? Number.NaN : optimum - run.top[first].accuracy;
    measuredAfter.push({ meets: first >= 0, lost, measurements: first + 1 });
    unavoidable.push(optimum - data.accuracyOf(pool).reduce((a, b) => Math.max(a, b)));
  }
  if (returned.length === 0) return [];
  const row = (how: string, of: readonly Returned[]) => [
    device,
    `${maxMs} ms, ${optimum.toFixed(2)} %`,
    strategy,
    how,
    `${of.filter((each) => each.meets).length}/${of.length}`,
    spread(meanAndStd(of.map(({ lost }) => lost))),
    spread(meanAndStd(unavoidable)),
    meanAndStd(of.map(({ measurements }) => measurements)).mean.toFixed(1),
  ];
  const rows = [
    row(confidence === 0 ? 'the best as predicted' : `the best at ${confidence * 100} %`, returned),
  ];
  return confidence === DEFAULT_CONFIDENCE ? [...rows, row('… that measures within', measuredAfter)] : rows;
}

async function measuredLatency({ pool }: Data, file: string, device: string): Promise<Float64Array> {
  const samples = await loadLatency(file, { space, device });
  const rows = new Map(samples.architectures.map((a, i) => [space.format(a), samples.latencyMs[i]]));
  return Float64Array.from(pool.architectures, (a) => rows.get(space.format(a))!);
}

/**
 * The candidates' latencies by a predictor of 900 measurements, validated on 100, as bounds at each confidence: as a
 * search has them by the command line or from a service, where predictions also stand for the networks that were measured.
 *
 * @returns `[confidence][candidate]`, ms
 */
async function predictedBounds(
  { pool }: Data,
  shared: string,
  { file, device, deadOperations }: Device,
  seed: number,
): Promise<Float64Array[] | undefined> {
  const samples = connectedOnly(space, await loadLatency(join(shared, file), { space, device }));
  const parts = cut(space, samples, { kind: 'random', train: 900, valid: 100, seed });
  const kept = await remembered(`predicted bounds ${device} ${seed} ${CONFIDENCES}`, async () => {
    const kind = predictorNamed('gcn');
    const calibration = { samples: CALIBRATION_SAMPLES, kind: 'random' } as const;
    const options = { threads: 1 };
    const trial = await runTrial(kind, space, deadOperations, parts, seed, options, undefined, calibration);
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
  return kept?.map((bound) => Float64Array.from(bound));
}
