import { Random } from '../../src/base/random.js';
import { columnOf, type Metric } from '../../src/metrics/metric.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { type Column, fileNameOf, type Table } from '../http/downloads.js';
import type { Predicted, ServedPredictor } from '../models/served-predictor.js';

/** Architectures predicted at a time; other requests get a turn in between. */
const PREDICTED_AT_ONCE = 1000;

const columnsFor = (metric: Metric): Column<Predicted>[] => [
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: columnOf(metric), type: 'DOUBLE', value: ({ value }) => value },
  { name: `low_${unit(metric)}`, type: 'DOUBLE', value: ({ interval }) => interval?.low },
  { name: `high_${unit(metric)}`, type: 'DOUBLE', value: ({ interval }) => interval?.high },
  { name: 'unfamiliar', type: 'BOOLEAN', value: ({ interval }) => interval?.unfamiliar },
  { name: 'model_version', type: 'STRING', value: ({ modelVersion }) => modelVersion },
];

const unit = (metric: Metric) => columnOf(metric).slice(metric.name.length + 1);

/** Which architectures of a space are predicted. */
export interface PredictionRange {
  /** Index of the first in the space's published order. */
  readonly from: number;
  /** How many at most. */
  readonly limit: number;
  /** Instead of consecutive ones: number of architectures to draw at random. */
  readonly sample?: number;
  readonly seed: number;
}

/**
 * Predictions with intervals of architectures of the model's space.
 *
 * @param model returns the currently serving model: a new version may take over meanwhile
 */
export function predictionTable(
  device: string,
  metric: Metric,
  model: () => Promise<ServedPredictor>,
  range: PredictionRange,
): Table<Predicted> {
  async function* rows() {
    for (const lot of architecturesIn((await model()).space, range)) {
      yield await (await model()).predictWithIntervals(lot);
    }
  }
  return { name: `${fileNameOf(device, metric)}-predictions`, columns: columnsFor(metric), rows: rows() };
}

/**
 * Architectures of a space in lots, consecutive or drawn at random.
 *
 * @throws InputError if consecutive architectures are wanted of a space too large to number
 */
export function* architecturesIn(
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
