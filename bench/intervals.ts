import { join } from 'node:path';
import { plainTable } from '../cli/table.js';
import { loadSamples } from '../src/datasets/load.js';
import { connectedOnly, type Samples, select } from '../src/datasets/samples.js';
import { CALIBRATION_SAMPLES, cut, type EvaluatedModel, runTrial } from '../src/predictors/evaluation.js';
import { meanAndStd } from '../src/predictors/metrics.js';
import { predictorNamed } from '../src/predictors/registry.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';
import type { Architecture, DeadOperations } from '../src/spaces/space.js';
import { DATA, hasData } from './data.js';
import { meanStdText } from './format.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

export const NASBENCH201 = join(DATA, 'nasbench201');
const SEEDS = [1, 2, 3, 4, 5];
export const TRAIN = 900;
export const VALID = 100;

/** Measured columns; `fpga` is a formula, which a linear predictor has exactly. */
const LATENCY = [
  ...['1080ti', '2080ti', 'titanx', 'titanxp'].flatMap((gpu) =>
    [1, 32, 256].map((batch) => `${gpu}_${batch}`),
  ),
  ...['gold_6240', 'silver_4114', 'silver_4210r'],
  ...['essential_ph_1', 'pixel3', 'samsung_a50', 'samsung_s7'],
];
const LATBENCH = [
  'desktop_gpu_gtx_1080ti_fp32',
  'embedded_gpu_jetson_nano_fp32',
  'mobile_cpu_snapdragon_855_kryo_485_int8',
  'mobile_dsp_snapdragon_675_hexagon_685_int8',
  'mobile_gpu_snapdragon_675_adreno_612_int8',
];

export interface IntervalDevice {
  readonly file: string;
  readonly column: string;
  readonly deadOperations: DeadOperations;
}
const DEVICES: readonly IntervalDevice[] = [
  ...LATENCY.map((column) => ({ file: 'latency.csv.gz', column, deadOperations: 'timed' as const })),
  ...LATBENCH.map((column) => ({ file: 'latbench.csv.gz', column, deadOperations: 'pruned' as const })),
];

/** A CPU, a GPU, one that is hardly noisy, a phone, a DSP. */
const VARIED = [
  'silver_4114',
  '1080ti_1',
  '2080ti_256',
  'samsung_s7',
  'mobile_dsp_snapdragon_675_hexagon_685_int8',
];
/** What is asked about more closely. */
export const VARIED_DEVICES = DEVICES.filter(({ column }) => VARIED.includes(column));
/** Of networks that the restricted predictors have seen. */
const MOST_CONVOLUTIONS = 2;

/** What intervals are worth on some of a trial's test networks. */
interface IntervalRow {
  readonly trained: 'everywhere' | 'restricted';
  readonly device: string;
  readonly seed: number;
  /** Convolutions of the networks tested on; `all`. */
  readonly group: string;
  readonly within10: number;
  /** Over all of the trial's test networks. */
  readonly spearman: number;
  readonly covered: number;
  readonly worstFifth: number;
  readonly width: number;
  readonly flagged: number;
}

/**
 * Coverage of 90 % intervals of the default predictor: per device, then outside the region that was measured.
 * Widths are shown as a share of the prediction.
 */
export async function intervalsBench(options: BenchOptions): Promise<void> {
  if (!hasData(NASBENCH201)) return;
  const piecesOf = (devices: readonly IntervalDevice[], kind: string, run: typeof everywhere) =>
    devices.flatMap((device) =>
      SEEDS.map(
        (seed): Piece<IntervalRow> => ({
          name: `intervals/${kind}/${device.column}/${seed}`,
          run: () => run(device, seed),
        }),
      ),
    );
  const rows = await runPieces(
    [...piecesOf(DEVICES, 'everywhere', everywhere), ...piecesOf(VARIED_DEVICES, 'restricted', restricted)],
    options,
  );
  if (!rows) return;
  console.log(`90 % intervals, ${TRAIN} + ${VALID} samples, mean ± std over ${SEEDS.length} seeds`);
  const devices = plainTable([
    'device',
    '±10 %',
    'Spearman',
    'covered',
    'in its worst fifth by latency',
    'width',
    'flagged',
  ]);
  const regions = plainTable(['device', 'convolutions', 'covered', 'width', 'flagged']);
  for (const own of grouped(rows)) {
    const { trained, device, group } = own[0];
    const over = (of: (row: IntervalRow) => number) => `${meanStdText(own.map(of), 1, 100)} %`;
    const covered = over((r) => r.covered);
    const [width, flagged] = [over((r) => r.width), over((r) => r.flagged)];
    if (trained === 'restricted') regions.push([device, group, covered, width, flagged]);
    else {
      const spearman = meanAndStd(own.map((r) => r.spearman)).mean.toFixed(4);
      const within10 = over((r) => r.within10);
      devices.push([device, within10, spearman, covered, over((r) => r.worstFifth), width, flagged]);
    }
  }
  console.log(devices.toString());
  console.log(`the same, trained on networks of at most ${MOST_CONVOLUTIONS} convolutions only`);
  console.log(regions.toString());
}

/** The rows that differ in nothing but the seed. */
function grouped(rows: readonly IntervalRow[]): IntervalRow[][] {
  const groups = new Map<string, IntervalRow[]>();
  for (const row of rows) {
    const key = `${row.trained} ${row.device} ${row.group}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

async function everywhere(device: IntervalDevice, seed: number): Promise<IntervalRow[]> {
  const [run, test] = await trial(device, await load(device), seed);
  const { within10, spearman } = run.test!;
  const seen = inspect(run, test, () => true);
  return [{ trained: 'everywhere', device: device.column, seed, group: 'all', within10, spearman, ...seen }];
}

async function restricted(device: IntervalDevice, seed: number): Promise<IntervalRow[]> {
  const samples = await load(device);
  const inside: number[] = [];
  const outside: number[] = [];
  const count = (architecture: Architecture) => convolutions(device, architecture);
  samples.architectures.forEach((a, i) => {
    (count(a) <= MOST_CONVOLUTIONS ? inside : outside).push(i);
  });
  const [run, test] = await trial(device, select(samples, inside), seed, select(samples, outside));
  const groups: [string, (n: number) => boolean][] = [
    [`0-${MOST_CONVOLUTIONS}`, (n) => n <= MOST_CONVOLUTIONS],
    ...[3, 4, 5, 6].map((many): [string, (n: number) => boolean] => [`${many}`, (n) => n === many]),
  ];
  const { within10, spearman } = run.test!;
  return groups.map(([group, of]) => {
    const seen = inspect(run, test, (a) => of(count(a)));
    return { trained: 'restricted', device: device.column, seed, group, within10, spearman, ...seen };
  });
}

export async function load({ file, column }: IntervalDevice): Promise<Samples> {
  return connectedOnly(
    nasbench201,
    await loadSamples(join(NASBENCH201, file), { space: nasbench201, device: column }),
  );
}

/** Trains on a cut of the samples and tests on its rest and the samples beyond. */
export async function trial(
  { deadOperations }: IntervalDevice,
  samples: Samples,
  seed: number,
  beyond?: Samples,
): Promise<[EvaluatedModel, Samples]> {
  const parts = cut(nasbench201, samples, { kind: 'random', train: TRAIN, valid: VALID, seed });
  const test = beyond
    ? {
        architectures: [...parts.test.architectures, ...beyond.architectures],
        metric: samples.metric,
        values: Float64Array.of(...parts.test.values, ...beyond.values),
      }
    : parts.test;
  const run = await runTrial({
    kind: predictorNamed('gcn'),
    space: nasbench201,
    deadOperations,
    split: { ...parts, test },
    seed,
    options: { threads: 1 },
    calibration: { samples: CALIBRATION_SAMPLES, kind: 'random' },
  });
  return [run, test];
}

function convolutions({ deadOperations }: IntervalDevice, architecture: Architecture): number {
  const executed = deadOperations === 'pruned' ? nasbench201.prune(architecture) : architecture;
  return nasbench201.units(executed).filter((unit) => unit.startsWith('nor_conv')).length;
}

/** Shares covered and flagged, and the mean width, of some of the test samples. */
function inspect({ predicted, spread }: EvaluatedModel, test: Samples, of: (a: Architecture) => boolean) {
  const chosen = [...test.architectures.keys()].filter((i) => of(test.architectures[i]));
  const { logLow, logHigh, unfamiliarity } = spread!;
  const share = (of: readonly number[], holds: (i: number) => boolean) => of.filter(holds).length / of.length;
  const covered = (i: number) => {
    const log = Math.log(test.values[i] / predicted[i]);
    return logLow[i] <= log && log <= logHigh[i];
  };
  const width = (i: number) => Math.exp(logHigh[i]) - Math.exp(logLow[i]);
  const byLatency = chosen.toSorted((a, b) => predicted[a] - predicted[b]);
  const fifths = [0, 1, 2, 3, 4].map((k) =>
    byLatency.slice((k * byLatency.length) / 5, ((k + 1) * byLatency.length) / 5),
  );
  return {
    covered: share(chosen, covered),
    worstFifth: Math.min(...fifths.map((fifth) => share(fifth, covered))),
    width: chosen.reduce((sum, i) => sum + width(i), 0) / chosen.length,
    flagged: share(chosen, (i) => unfamiliarity[i] > 1),
  };
}
