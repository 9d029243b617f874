import { median } from 'simple-statistics';
import type { Drift } from '../../api/measurements.js';
import { InputError } from '../../src/base/errors.js';
import { metricKey } from '../../src/metrics/metric.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import type { ServedPredictor } from '../models/served-predictor.js';
import { isValue } from './uploads.js';

/** Least measurements needed to tell whether a device has changed. */
const ENOUGH = 10;
/** Measurements disagree with the model if their median error is this many times the held-out one. */
const DRIFT_FACTOR = 2;
/** A single measurement is reported if its error is this many times the held-out one. */
const OUTLIER_FACTOR = 5;
/** No model is assumed to be better than this: repeated measurements differ by as much. */
const LEAST_ERROR = 0.01;
/** Most outliers listed, those with the largest errors first. */
const NAMED = 100;

/** A measurement to compare with predictions, in the metric's unit. */
export interface ComparedMeasurement {
  readonly architecture: string;
  readonly value: number;
  /** Row in the upload; by default its position in the list. */
  readonly row?: number;
}

/**
 * How measurements that a model was not trained on disagree with it. Errors are |predicted - measured| / measured,
 * compared with the model's median error on the measurements held out when it was trained.
 *
 * @param model the currently serving model; get it after any wait, because a model may be replaced and freed meanwhile
 * @returns null if there is nothing to compare: no model, one with neither held-out scores nor intervals, or no connected
 *   network
 */
export async function driftOf(
  model: ServedPredictor | undefined,
  measurements: readonly ComparedMeasurement[],
): Promise<Drift | null> {
  const usualError = model && usualErrorOf(model.card);
  if (!model || usualError === undefined) return null;
  const { space } = model;
  const metric = metricKey(model.metric);
  const rows = measurements.flatMap(({ architecture, value, row }, i) =>
    // Some values kept before there were limits are not valid latencies.
    isValue(metric, value) && isComparable(space, architecture)
      ? [{ row: row ?? i, architecture, value }]
      : [],
  );
  if (rows.length === 0) return null;
  const predictions = await model.predictUncounted(rows.map(({ architecture }) => architecture));
  const compared = rows.flatMap(({ row, architecture, value }, i) => {
    const { value: predicted } = predictions[i];
    if (predicted === undefined) return [];
    return [{ row, architecture, value, predicted, error: Math.abs(predicted - value) / value }];
  });
  if (compared.length === 0) return null;
  const expected = Math.max(usualError, LEAST_ERROR);
  const medianError = median(compared.map(({ error }) => error));
  const outliers = compared.filter(({ error }) => error > OUTLIER_FACTOR * expected);
  outliers.sort((a, b) => b.error - a.error);
  return {
    drifted: compared.length >= ENOUGH && medianError > DRIFT_FACTOR * expected,
    modelVersion: model.card.version,
    compared: compared.length,
    medianError,
    heldOutMedianError: usualError,
    medianRatio: median(compared.map(({ value, predicted }) => value / predicted)),
    outliers: outliers.length,
    worst: outliers.slice(0, NAMED),
  };
}

/** Whether a model can read an architecture: its space may have had fewer options when it was trained. */
function isComparable(space: SearchSpace, text: string): boolean {
  try {
    return space.isConnected(space.parse(text));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Drift of latency in the form of version 0.1: outliers with `latencyMs` and `predictedMs`. */
export function latencyDrift(drift: Drift | null): Drift | null {
  return (
    drift && {
      ...drift,
      worst: drift.worst.map(({ value: latencyMs, predicted: predictedMs, ...rest }) => ({
        ...rest,
        latencyMs,
        predictedMs,
      })),
    }
  );
}

/** Median error of a normal distribution over half the width of its 90 % interval: 0.674 over 1.645 deviations. */
const MEDIAN_OF_HALF_WIDTH = 0.41;

/** A model's median held-out error; for one trained on all data, an estimate from its intervals. */
function usualErrorOf({ scores, interval }: ModelCard): number | undefined {
  const { medianError } = scores.test ?? scores.valid ?? {};
  if (medianError !== undefined || !interval) return medianError;
  const { low, high } = interval.typical;
  return MEDIAN_OF_HALF_WIDTH * (Math.log(high / low) / 2);
}
