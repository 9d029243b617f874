import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ERRORS } from '../../../api/error.js';
import {
  type Followed,
  FollowedAnswer,
  FollowedParams,
  ProductionAnswer,
  ProductionQuery,
  RetrainingAnswer,
  RetrainingBody,
} from '../../../api/followed-predictions.js';
import { MetricQuery, StoredDeviceParams } from '../../../api/measurements.js';
import { metricNamed } from '../../../src/metrics/metric.js';
import { type AskedMetric, askedMetric } from '../../http/asked-metric.js';
import { ApiError } from '../../http/errors.js';
import { measuredDevice } from '../../store/devices.js';
import {
  errorByDay,
  errorByVersion,
  type FollowedPrediction,
  findPrediction,
  KEPT_DAYS,
  metPredictions,
  type ProductionError,
} from '../../store/predictions.js';
import { dropRetrainingRule, retrainingRule, setRetrainingRule } from '../../store/retraining.js';
import type { Store } from '../../store/store.js';

/** How served predictions agree with later measurements, and retraining because of it. */
export const production: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/v1/predictions/:id',
    {
      schema: {
        summary: `Shows a stored prediction and its later measurement; without one, it is deleted after ${KEPT_DAYS} days`,
        tags: ['production'],
        params: FollowedParams,
        response: { 200: FollowedAnswer, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const { database } = await store.ready();
      const found = await findPrediction(database, id);
      if (found) return followed(found);
      throw new ApiError(
        404,
        'unknown_prediction',
        `there is no prediction ${id}; predictions are kept if requested with "track"`,
      );
    },
  );

  app.get(
    '/v1/devices/:id/production',
    {
      schema: {
        summary: 'Shows how well served predictions agree with later measurements, by version and over time',
        tags: ['production'],
        params: StoredDeviceParams,
        querystring: ProductionQuery,
        response: { 200: ProductionAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, query: { metric, days = 90, limit = 100 } }) => {
      const { key, said } = askedMetric(metric);
      const { database } = await store.ready();
      await measuredDevice(database, id);
      const predictor = { device: id, metric: key };
      return {
        device: id,
        ...said,
        versions: (await errorByVersion(database, predictor)).map(scoresOf),
        days: (await errorByDay(database, predictor, days)).map(({ day, ...scores }) => ({
          day,
          ...scoresOf(scores),
        })),
        predictions: (await metPredictions(database, predictor, limit)).map(followed),
      };
    },
  );

  app.get(
    '/v1/devices/:id/retraining',
    {
      schema: {
        summary: 'Shows the conditions for retraining a device’s predictor automatically',
        tags: ['production'],
        params: StoredDeviceParams,
        querystring: MetricQuery,
        response: { 200: RetrainingAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, query: { metric } }) => ruleOf(id, askedMetric(metric)),
  );

  app.put(
    '/v1/devices/:id/retraining',
    {
      schema: {
        summary: 'Retrains a device’s predictor automatically when its error in production is too large',
        tags: ['production'],
        params: StoredDeviceParams,
        body: RetrainingBody,
        response: { 200: RetrainingAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, body: { metric, medianError, least = 20 } }) => {
      const asked = askedMetric(metric);
      const { database } = await store.ready();
      await measuredDevice(database, id);
      await setRetrainingRule(database, { device: id, metric: asked.key }, { medianError, least });
      return ruleOf(id, asked);
    },
  );

  app.delete(
    '/v1/devices/:id/retraining',
    {
      schema: {
        summary: 'Trains a device’s predictor only on request',
        tags: ['production'],
        params: StoredDeviceParams,
        querystring: MetricQuery,
        response: { 200: RetrainingAnswer, ...ERRORS },
      },
    },
    async ({ params: { id }, query: { metric } }) => {
      const asked = askedMetric(metric);
      const { database } = await store.ready();
      await dropRetrainingRule(database, { device: id, metric: asked.key });
      return ruleOf(id, asked);
    },
  );

  async function ruleOf(device: string, { key, said }: AskedMetric) {
    const { database } = await store.ready();
    await measuredDevice(database, device);
    const rule = (await retrainingRule(database, { device, metric: key })) ?? null;
    return { device, ...said, rule };
  }
};

function scoresOf({ version: modelVersion, ...scores }: ProductionError) {
  return { modelVersion, ...scores };
}

function followed({
  version: modelVersion,
  servedAt,
  measuredAt,
  ...prediction
}: FollowedPrediction): Followed {
  return {
    ...prediction,
    modelVersion,
    unit: metricNamed(prediction.metric).unit,
    servedAt: servedAt.toISOString(),
    measuredAt: measuredAt?.toISOString() ?? null,
  };
}
