import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainTable } from '../cli/table.js';
import { Random } from '../src/base/random.js';
import { loadDevices } from '../src/datasets/load.js';
import { type Samples, select } from '../src/datasets/samples.js';
import { calibrationOf } from '../src/predictors/intervals/calibration.js';
import type { FittedInterval } from '../src/predictors/intervals/interval.js';
import type { KeptQuantiles } from '../src/predictors/intervals/within-limit.js';
import { loadPredictor } from '../src/predictors/saved/saved.js';
import { SOURCE_SAMPLES, sourceDevice } from '../src/predictors/transfer/pool.js';
import { Transfer } from '../src/predictors/transfer/transfer.js';
import { nasbench201 } from '../src/spaces/nasbench201/space.js';
import { hasData } from './data.js';
import { percentText } from './format.js';
import { type IntervalDevice, load, NASBENCH201, TRAIN, trial, VALID, VARIED_DEVICES } from './intervals.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

const SEEDS = [1, 2, 3];
/** A device that is computed. */
const FORMULA = 'fpga';
const CARDS = ['before', 'now'] as const;

interface LimitsRow {
  readonly device: string;
  /** Learned from. */
  readonly samples: number;
  readonly seed: number;
  /** Whose quantiles answer. */
  readonly card: (typeof CARDS)[number];
  readonly predicted: number;
  readonly observed: number;
}

/**
 * Whether limits are met as often as is said, on the networks of a device that were held out: by quantiles on both sides
 * of the prediction, and as before them, by those of the upper side alone: `npm run bench -- limits`.
 */
export async function limitsBench(options: BenchOptions): Promise<void> {
  if (!hasData(NASBENCH201)) return;
  const pieces = VARIED_DEVICES.flatMap((device) =>
    SEEDS.map(
      (seed): Piece<LimitsRow> => ({
        name: `limits/${device.column}/${seed}`,
        run: () => rowsOf(device, seed),
      }),
    ),
  );
  const rows = await runPieces([...pieces, ...VARIED_DEVICES.map(transferred)], options);
  if (!rows) return;
  console.log(
    `Share of networks that met a limit, %, by predicted probability: before / now, means over ${SEEDS.length} seeds; ${TRAIN} + ${VALID} samples, all other networks`,
  );
  print(rows.filter(({ samples }) => samples === TRAIN));
  for (const samples of TRANSFERRED) {
    console.log(
      `The same with transfer from ${SOURCES_IN_WORDS}, ${samples} samples: by the ends alone / now`,
    );
    print(rows.filter((row) => row.samples === samples));
  }
}

async function rowsOf(device: IntervalDevice, seed: number): Promise<LimitsRow[]> {
  const [{ predicted, spread, interval }, { values: truth }] = await trial(device, await load(device), seed);
  return CARDS.flatMap((card) => {
    const kept = card === 'now' ? interval : { upper: upperOf(interval!) };
    const bins = calibrationOf({ predicted, truth, better: 'less' }, spread!, kept)!;
    return bins.map((bin) => ({ device: device.column, samples: TRAIN, seed, card, ...bin }));
  });
}

/** Samples of a device that is learned from others, whose intervals had nothing but their ends. */
const TRANSFERRED = [10, 30];
const SOURCES_IN_WORDS = 'the other NAS-Bench-201 devices';

function transferred(device: IntervalDevice): Piece<LimitsRow> {
  return { name: `limits/transferred/${device.column}`, run: () => transferredRows(device) };
}

async function transferredRows(device: IntervalDevice): Promise<LimitsRow[]> {
  const targets = VARIED_DEVICES.map(({ column }) => column);
  const known = await loadDevices(join(NASBENCH201, 'latency.csv.gz'), { space: nasbench201 });
  const { deadOperations } = device;
  const transfer = await Transfer.open({
    space: nasbench201,
    sources: known
      .filter(({ device: name }) => !targets.includes(name) && name !== FORMULA)
      .map(({ device: name, ...samples }) =>
        sourceDevice(nasbench201, name, 'timed', samples, SOURCE_SAMPLES),
      ),
    deadOperations,
    poolFile: join(tmpdir(), 'tempograph-limits.pool'),
  });
  const samples = await load(device);
  const rows: LimitsRow[] = [];
  for (const count of TRANSFERRED) {
    for (const seed of SEEDS) {
      const rowsOfSeed = await learnedRows(transfer, samples, count, seed);
      rows.push(...rowsOfSeed.map((row) => ({ ...row, device: device.column, samples: count, seed })));
    }
  }
  await transfer.release();
  return rows;
}

async function learnedRows(transfer: Transfer, samples: Samples, count: number, seed: number) {
  const order = [...new Random(seed).permutation(samples.values.length)];
  const folder = await mkdtemp(join(tmpdir(), 'tempograph-limits-'));
  try {
    await transfer.learn(folder, {
      device: 'target',
      facts: { description: 'target', batchSize: null, precision: null },
      data: { name: 'target', source: 'bench', licence: 'unknown', sha256: '' },
      samples,
      train: order.slice(0, count),
      seed,
    });
    const predictor = await loadPredictor(folder);
    const { architectures, values: truth } = select(samples, order.slice(count));
    const predicted = await predictor.predict(architectures);
    const spread = await predictor.spread!(architectures);
    await predictor.release();
    return CARDS.flatMap((card) => {
      const kept = card === 'now' ? predictor.card.interval : undefined;
      const bins = calibrationOf({ predicted, truth, better: 'less' }, spread, kept)!;
      return bins.map((bin) => ({ card, ...bin }));
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a card had before it had quantiles. */
function upperOf({ typical, quantiles }: FittedInterval): KeptQuantiles['upper'] {
  const [low, high] = [Math.log(typical.low), Math.log(typical.high)];
  return quantiles!
    .filter(({ share }) => share >= 0.5)
    .map(({ share, position }) => ({ share, multiple: Math.max(0, low + position * (high - low)) / high }));
}

function print(rows: readonly LimitsRow[]): void {
  const devices = [...new Set(rows.map(({ device }) => device))];
  const bins = [...new Set(rows.map(({ predicted }) => predicted))];
  const both = (of: (own: readonly LimitsRow[]) => number, own: readonly LimitsRow[]) =>
    CARDS.map((card) => percentText(of(own.filter((row) => row.card === card)))).join(' / ');
  const mean = (own: readonly LimitsRow[]) =>
    own.reduce((sum, { observed }) => sum + observed, 0) / own.length;
  const furthest = (own: readonly LimitsRow[]) =>
    Math.max(...own.map(({ predicted, observed }) => Math.abs(observed - predicted)));
  const table = plainTable(['predicted, %', ...devices]);
  for (const bin of bins) {
    const ofBin = rows.filter(({ predicted }) => predicted === bin);
    const cells = devices.map((device) =>
      both(
        mean,
        ofBin.filter((row) => row.device === device),
      ),
    );
    table.push([percentText(bin), ...cells]);
  }
  table.push([
    'largest error, single seeds',
    ...devices.map((device) =>
      both(
        furthest,
        rows.filter((row) => row.device === device),
      ),
    ),
  ]);
  console.log(table.toString());
}
