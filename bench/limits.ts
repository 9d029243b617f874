import { plainTable } from '../cli/table.js';
import { calibrationOf } from '../src/predictors/intervals/calibration.js';
import type { FittedInterval } from '../src/predictors/intervals/interval.js';
import type { KeptQuantiles } from '../src/predictors/intervals/within-limit.js';
import { hasData } from './data.js';
import { percentText } from './format.js';
import { type IntervalDevice, load, NASBENCH201, TRAIN, trial, VALID, VARIED_DEVICES } from './intervals.js';
import { type BenchOptions, type Piece, runPieces } from './pieces.js';

const SEEDS = [1, 2, 3];
const CARDS = ['before', 'now'] as const;

interface LimitsRow {
  readonly device: string;
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
  const rows = await runPieces(pieces, options);
  if (!rows) return;
  console.log(
    `Observed, %, of limits that were to be met with a predicted probability: before / now, means over ${SEEDS.length} seeds; ${TRAIN} + ${VALID} samples, all other networks`,
  );
  print(rows);
}

async function rowsOf(device: IntervalDevice, seed: number): Promise<LimitsRow[]> {
  const [{ predicted, spread, interval }, { values: truth }] = await trial(device, await load(device), seed);
  return CARDS.flatMap((card) => {
    const kept = card === 'now' ? interval : { upper: upperOf(interval!) };
    const bins = calibrationOf({ predicted, truth, better: 'less' }, spread!, kept)!;
    return bins.map((bin) => ({ device: device.column, seed, card, ...bin }));
  });
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
  const table = plainTable(['predicted', ...devices]);
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
    'furthest off, single seeds',
    ...devices.map((device) =>
      both(
        furthest,
        rows.filter((row) => row.device === device),
      ),
    ),
  ]);
  console.log(table.toString());
}
