import { randomUUID } from 'node:crypto';
import { metricKey } from '../../src/metrics/metric.js';
import { ApiError } from '../http/errors.js';
import type { Predicted, ServedPredictor } from '../models/served-predictor.js';
import { keepPredictions, type ServedPrediction } from '../store/predictions.js';
import type { Store } from '../store/store.js';

/** Most predictions kept per request. */
export const MOST_KEPT = 1000;

/**
 * Keeps predictions of a model, to compare them with later measurements.
 *
 * @returns the identifiers of the predictions, in their order; undefined for errors
 * @throws ApiError 409 without a store, 503 while it is unavailable
 */
export async function keepServed(
  store: Store | undefined,
  model: ServedPredictor,
  predicted: readonly Predicted[],
): Promise<(string | undefined)[]> {
  if (!store) {
    const message = 'this service keeps nothing, because it has no data folder';
    throw new ApiError(409, 'no_store', message, [{ field: 'track', message }]);
  }
  const served = predicted.map((each) => servedPrediction(model, each));
  const { database } = await store.ready();
  await keepPredictions(
    database,
    served.filter((each) => each !== undefined),
  );
  return served.map((each) => each?.id);
}

function servedPrediction(
  { card, metric, space }: ServedPredictor,
  { architecture, value, interval }: Predicted,
): ServedPrediction | undefined {
  if (value === undefined) return undefined;
  return {
    id: randomUUID(),
    device: card.device,
    metric: metricKey(metric),
    version: card.version,
    architecture: space.format(space.parse(architecture)),
    value,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
  };
}
