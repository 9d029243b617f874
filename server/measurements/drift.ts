import { median } from 'simple-statistics';
import type { Drift } from '../../api/measurements.js';
import { InputError } from '../../src/base/errors.js';
import { metricKey } from '../../src/metrics/metric.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import type { ServedPredictor } from '../models/served-predictor.js';
import { isValue } from './uploads.js';

/** Fewer measurements than this don't say whether a device has changed. */
const ENOUGH = 10;
/** Measurements disagree with the model where their median error is this many times the held-out one. */
const DRIFT_FACTOR = 2;
/** A single measurement is reported where its error is this many times the held-out one. */
const OUTLIER_FACTOR = 5;
/** No model is taken to be better than this: measuring twice differs by as much. */
const LEAST_ERROR = 0.01;
/** Outliers that are named, the largest error first. */
const NAMED = 100;

/** What a model's predictions are compared with, in its metric's unit. */
export interface ComparedMeasurement {
  readonly architecture: string;
  readonly value: number;
  /** In the upload; its place in the list by default. */
  readonly row?: number;
}

/**
 * How measurements that a model has not learned disagree with it. Errors are |predicted - measured| / measured, and
 * what they are compared with is the model's median error on the measurements held out when it was trained.
 *
 * @param model as it serves now: one that was taken before waiting for something else may have been replaced and freed
 * @returns null where there is nothing to compare: no model, one with neither held-out scores nor intervals, or no connected network
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
    // Of what was kept before there were limits some is no latency.
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

/** Whether a model may know an architecture: its space may have been declared with fewer options than it has now. */
function isComparable(space: SearchSpace, text: string): boolean {
  try {
    return space.isConnected(space.parse(text));
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** Drift of latency in the form of version 0.1: `latencyMs` and `predictedMs` of what differs most. */
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

/** A model's median error on what was held out; of one that has learned from all there was, what its intervals say. */
function usualErrorOf({ scores, interval }: ModelCard): number | undefined {
  const { medianError } = scores.test ?? scores.valid ?? {};
  if (medianError !== undefined || !interval) return medianError;
  const { low, high } = interval.typical;
  return MEDIAN_OF_HALF_WIDTH * (Math.log(high / low) / 2);
}
