import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { plainTable } from '../../cli/table.js';
import { packageRoot } from '../../src/base/package-root.js';
import { Random } from '../../src/base/random.js';
import { loadSamples } from '../../src/datasets/load.js';
import { type Samples, select } from '../../src/datasets/samples.js';
import { calibrate } from '../../src/devices/calibration/calibrate.js';
import { dpuModel } from '../../src/devices/dpu/dpu.js';
import { slotsEncoding } from '../../src/predictors/encodings/encoding.js';
import { runTrial } from '../../src/predictors/evaluation.js';
import { analyticKind } from '../../src/predictors/kinds/analytic-kind.js';
import { gcnKind } from '../../src/predictors/kinds/gcn.js';
import { lookupKind, ridgeKind } from '../../src/predictors/kinds/linear.js';
import { pretrainedKind } from '../../src/predictors/kinds/pretrained-kind.js';
import { type MeanAndStd, meanAndStd, plusMinus } from '../../src/predictors/metrics.js';
import type { PredictorKind } from '../../src/predictors/predictor.js';
import { type Scores, scores } from '../../src/predictors/scores.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { DATA, hasData } from '../data.js';
import { type BenchOptions, type Piece, runPieces } from '../pieces.js';
import { type LearningCurvePoint, learningCurves } from './learning-curves.js';

const ZCU102 = join(DATA, 'accelnasbench/mnasnet_accel.csv.gz');
const PLOT = join(packageRoot, 'docs/analytic.svg');
const SEEDS = [1, 2, 3, 4, 5];
const SIZES = [0, 10, 20, 50, 100, 200, 900];
/** Of the measurements, what kinds that stop on validation data hold back for it. */
const VALIDATION = 1 / 6;

/** Measurements that a method may use, and those it is tested on. */
interface Parts {
  readonly used: Samples;
  readonly test: Samples;
}

type Method = (parts: Parts, seed: number) => Promise<Scores>;

/** Every trial asks for the same networks, and building one takes longer than its latency's formula. */
const networks = new Map<string, ReturnType<SearchSpace['toNetwork']>>();
const space: SearchSpace = {
  ...mnasnet,
  toNetwork(architecture) {
    const key = architecture.join();
    const network = networks.get(key) ?? mnasnet.toNetwork(architecture);
    networks.set(key, network);
    return network;
  },
};

const oneHotKind = ridgeKind('one-hot', 'linear in the one-hot choices', slotsEncoding);
const METHODS: Readonly<Record<string, Method>> = {
  'dpu, calibrated': dpuAlone,
  'dpu, layers corrected': async ({ used, test }, seed) => {
    if (used.values.length === 0) return dpuAlone({ used, test });
    const none = select(used, []);
    return scored(analyticKind(dpuModel), { train: used, valid: none, test }, seed);
  },
  'gcn, pre-trained': async ({ used, test }, seed) => {
    const none = select(used, []);
    return scored(pretrainedKind(dpuModel), { train: used, valid: none, test }, seed);
  },
  gcn: learned(gcnKind),
  'block lookup': learned(lookupKind),
  'one-hot linear': learned(oneHotKind),
};

/** Methods that have something to say before the first measurement. */
const WITHOUT_MEASUREMENTS = ['dpu, calibrated', 'dpu, layers corrected', 'gcn, pre-trained'];

interface AnalyticRow extends Scores {
  readonly method: string;
  readonly measurements: number;
  readonly seed: number;
}

/** What an analytic device is worth: error on a real board by the number of measurements, with it and without. */
export async function analyticBench(options: BenchOptions): Promise<void> {
  if (!hasData(ZCU102)) return;
  const all = await loadSamples(ZCU102, { space, duplicates: 'mean' });
  const pieces = SIZES.flatMap((size) =>
    SEEDS.map(
      (seed): Piece<AnalyticRow> => ({
        name: `analytic/${size}/${seed}`,
        run: () => trials(all, size, seed),
      }),
    ),
  );
  const rows = await runPieces(pieces, options);
  if (!rows) return;
  console.log(
    `ZCU102 (DPU), ${all.values.length} MnasNet networks, ${SEEDS.length} seeds; tested on the others`,
  );
  const of = (method: string, size: number, score: (typeof SCORES)[number]) => {
    const own = rows.filter((row) => row.method === method && row.measurements === size);
    return own.length > 0 ? meanAndStd(own.map((row) => row[score])) : undefined;
  };
  for (const score of SCORES) {
    const table = plainTable(['measurements', ...Object.keys(METHODS)]);
    for (const size of SIZES) {
      const cells = Object.keys(METHODS).map((method) => cell(score, of(method, size, score)));
      table.push([size, ...cells]);
    }
    console.log(`${TITLES[score]}\n${table.toString()}`);
  }
  const done = new Set(rows.map(({ measurements, seed }) => `${measurements}/${seed}`));
  // The plot of the documents is of all pieces.
  if (done.size < pieces.length) return;
  const points = SIZES.flatMap((measurements) =>
    Object.keys(METHODS).flatMap((method): LearningCurvePoint[] => {
      const error = of(method, measurements, 'mape');
      return error ? [{ method, measurements, ...error }] : [];
    }),
  );
  await mkdir(join(packageRoot, 'docs'), { recursive: true });
  await writeFileAtomic(PLOT, learningCurves(points));
  console.error(PLOT);
}

const SCORES = ['mape', 'within1', 'within10', 'spearman'] as const;
const TITLES = { mape: 'MAPE, %', within1: '±1 %', within10: '±10 %', spearman: 'Spearman' };

function cell(score: (typeof SCORES)[number], found: MeanAndStd | undefined): string {
  if (!found) return '';
  return score === 'spearman' ? plusMinus(found, 4) : plusMinus(found, 2, 100);
}

/** Every method on the same measurements. */
async function trials(all: Samples, size: number, seed: number): Promise<AnalyticRow[]> {
  const order = new Random(seed).shuffle([...all.values.keys()]);
  const parts = { used: select(all, order.slice(0, size)), test: select(all, order.slice(size)) };
  const rows: AnalyticRow[] = [];
  for (const [method, run] of Object.entries(METHODS)) {
    if (size === 0 && !WITHOUT_MEASUREMENTS.includes(method)) continue;
    rows.push({ method, measurements: size, seed, ...(await run(parts, seed)) });
  }
  return rows;
}

/** The device model, its constants calibrated where there are enough measurements for them. */
async function dpuAlone({ used, test }: Parts): Promise<Scores> {
  const enough = used.values.length >= dpuModel.parameters.length;
  const constants = enough
    ? calibrate(
        used.architectures.map((architecture, i) => ({
          model: dpuModel,
          network: space.toNetwork(architecture),
          latencyMs: used.values[i],
        })),
      )
    : {};
  const device = dpuModel.device(constants);
  const predictedMs = test.architectures.map((a) => device.latency(space.toNetwork(a)).latencyMs);
  return scores(Float64Array.from(predictedMs), test.values);
}

/** A kind that knows nothing of the device; part of the measurements is its validation data. */
function learned(kind: PredictorKind): Method {
  return ({ used, test }, seed) => {
    const valid = Math.max(2, Math.round(VALIDATION * used.values.length));
    const positions = [...used.values.keys()];
    return scored(
      kind,
      { train: select(used, positions.slice(valid)), valid: select(used, positions.slice(0, valid)), test },
      seed,
    );
  };
}

async function scored(
  kind: PredictorKind,
  split: { train: Samples; valid: Samples; test: Samples },
  seed: number,
): Promise<Scores> {
  return (await runTrial({ kind, space, deadOperations: 'timed', split, seed, options: { threads: 1 } }))
    .test!;
}
