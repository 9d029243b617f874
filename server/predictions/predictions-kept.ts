import { randomUUID } from 'node:crypto';
import { metricKey } from '../../src/metrics/metric.js';
import { ApiError } from '../http/errors.js';
import type { Predicted, ServedPredictor } from '../models/served-predictor.js';
import { keepPredictions, type ServedPrediction } from '../store/predictions.js';
import type { Store } from '../store/store.js';

/** Predictions of one request that are kept. */
export const MOST_KEPT = 1000;

/**
 * Keeps what a model predicts, so that it is known how right it was when the networks have been measured.
 *
 * @returns the identifiers of what was predicted, in the order of the predictions; undefined for errors
 * @throws ApiError 409 without a store, 503 while it is away
 */
export async function keepServed(
  store: Store | undefined,
  model: ServedPredictor,
  predicted: readonly Predicted[],
): Promise<(string | undefined)[]> {
  if (!store) {
    const message = 'this service keeps nothing, as it has no folder for data';
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
