import type { Prediction } from '../../api/predict.js';
import { Random } from '../../src/base/random.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import type { Column, Table } from '../downloads.js';
import type { DeviceModel } from '../models/device-model.js';

/** Architectures that are predicted at a time; other requests get their turn in between. */
const PREDICTED_AT_ONCE = 1000;

const PREDICTION_COLUMNS: Column<Prediction>[] = [
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'latency_ms', type: 'DOUBLE', value: ({ latencyMs }) => latencyMs },
  { name: 'low_ms', type: 'DOUBLE', value: ({ interval }) => interval?.lowMs },
  { name: 'high_ms', type: 'DOUBLE', value: ({ interval }) => interval?.highMs },
  { name: 'unfamiliar', type: 'BOOLEAN', value: ({ interval }) => interval?.unfamiliar },
  { name: 'model_version', type: 'STRING', value: ({ modelVersion }) => modelVersion },
];

/** Which architectures of a space are predicted. */
export interface PredictionRange {
  /** Index of the first in the space's published order. */
  readonly from: number;
  /** How many at most. */
  readonly limit: number;
  /** Instead of those in a row: so many drawn at random. */
  readonly sample?: number;
  readonly seed: number;
}

/**
 * Predictions with intervals of architectures of the model's space.
 *
 * @param model the model that serves the device at that moment: a new version may take over while they are read
 */
export function predictionTable(
  device: string,
  model: () => Promise<DeviceModel>,
  range: PredictionRange,
): Table<Prediction> {
  async function* rows() {
    for (const lot of architecturesIn((await model()).space, range)) {
      yield await (await model()).predictWithIntervals(lot);
    }
  }
  return { name: `${device}-predictions`, columns: PREDICTION_COLUMNS, rows: rows() };
}

/** @throws InputError if architectures are wanted in a row of a space that has more than numbers can tell apart */
function* architecturesIn(
  space: SearchSpace,
  { from, limit, sample, seed }: PredictionRange,
): Generator<string[]> {
  const random = new Random(seed);
  const end = sample ?? Math.min(space.size, from + limit);
  for (let start = sample === undefined ? from : 0; start < end; start += PREDICTED_AT_ONCE) {
    const count = Math.min(PREDICTED_AT_ONCE, end - start);
    yield Array.from({ length: count }, (_, i) =>
      space.format(sample === undefined ? space.at(start + i) : space.sample(random)),
    );
  }
}
