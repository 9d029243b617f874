import { median } from 'simple-statistics';
import type { DeviceModel } from '../models/device-model.js';
import type { Drift } from '../schemas/measurements.js';
import type { NewMeasurement } from '../store/measurements.js';

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

/**
 * How measurements that a model has not learned disagree with it. Errors are |predicted - measured| / measured, and
 * what they are compared with is the model's median error on the measurements held out when it was trained.
 *
 * @param model as it serves now: one that was taken before waiting for something else may have been replaced and freed
 * @returns null where there is nothing to compare: no model, one without held-out scores, or no connected network
 */
export async function driftOf(
  model: DeviceModel | undefined,
  measurements: readonly Pick<NewMeasurement, 'architecture' | 'latencyMs'>[],
): Promise<Drift | null> {
  const scores = model?.card.scores.test ?? model?.card.scores.valid;
  if (!model || !scores) return null;
  const { space } = model;
  const rows = measurements.flatMap(({ architecture, latencyMs }, row) =>
    space.isConnected(space.parse(architecture)) ? [{ row, architecture, latencyMs }] : [],
  );
  if (rows.length === 0) return null;
  const predictions = await model.predict(rows.map(({ architecture }) => architecture));
  const compared = rows.map(({ row, architecture, latencyMs }, i) => {
    const predictedMs = predictions[i].latencyMs!;
    const error = Math.abs(predictedMs - latencyMs) / latencyMs;
    return { row, architecture, latencyMs, predictedMs, error };
  });
  const expected = Math.max(scores.medianError, LEAST_ERROR);
  const medianError = median(compared.map(({ error }) => error));
  const outliers = compared.filter(({ error }) => error > OUTLIER_FACTOR * expected);
  outliers.sort((a, b) => b.error - a.error);
  return {
    drifted: compared.length >= ENOUGH && medianError > DRIFT_FACTOR * expected,
    modelVersion: model.card.version,
    compared: compared.length,
    medianError,
    heldOutMedianError: scores.medianError,
    medianRatio: median(compared.map(({ latencyMs, predictedMs }) => latencyMs / predictedMs)),
    outliers: outliers.length,
    worst: outliers.slice(0, NAMED),
  };
}
