import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CardQuery,
  type Device,
  DeviceParams,
  DevicesAnswer,
  type PredictorSummary,
  PredictorsAnswer,
} from '../../../api/devices.js';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ErrorAnswer } from '../../../api/error.js';
import { metricKey } from '../../../src/metrics/metric.js';
import { ModelCard, targetOf } from '../../../src/predictors/saved/card.js';
import { sendTable } from '../../http/downloads.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import type { ServedPredictor } from '../../models/served-predictor.js';
import { deviceTable } from '../../tables/models.js';

/** `/v1/devices`: the devices with predictors, and how far to trust them. */
export const devices: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  app.get(
    '/v1/devices',
    {
      schema: {
        summary: 'Lists devices with a predictor of their latency; as JSON or as a file',
        tags: ['devices'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(DevicesAnswer) },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      await models.upToDate();
      const all = models.all();
      const devices = all.filter(({ isLatency }) => isLatency).map((model) => deviceOf(model, all));
      return reply.send(
        format === 'json' ? { devices } : await sendTable(reply, format, deviceTable(devices)),
      );
    },
  );

  app.get(
    '/v1/predictors',
    {
      schema: {
        summary: 'Lists all serving predictors: their devices, metrics, units and scores',
        tags: ['devices'],
        response: { 200: PredictorsAnswer },
      },
    },
    async () => {
      await models.upToDate();
      return { predictors: models.all().map(({ card }) => summaryOf(card)) };
    },
  );

  app.get(
    '/v1/devices/:id',
    {
      schema: {
        summary: "Shows a predictor's whole card: data, split, options, scores, versions",
        tags: ['devices'],
        params: DeviceParams,
        querystring: CardQuery,
        response: { 200: ModelCard, 404: ErrorAnswer },
      },
    },
    async ({ params: { id }, query: { metric } }) => {
      const [model] = await findModels(models, [id], metric);
      return model.card;
    },
  );
};

function aboutOf(card: ModelCard) {
  const { description, space, deadOperations, predictor, version, scores, data } = card;
  const { batchSize, precision } = targetOf(card);
  const { source, licence } = data;
  return {
    description,
    space,
    deadOperations,
    predictor,
    version,
    batchSize,
    precision,
    scores,
    source,
    licence,
  };
}

function deviceOf({ card }: ServedPredictor, all: readonly ServedPredictor[]): Device {
  const { device } = card;
  const metrics = all.filter((model) => model.card.device === device).map(({ metric }) => metricKey(metric));
  const { percentiles: percentilesMs } = targetOf(card);
  return { id: device, ...aboutOf(card), unit: 'ms', percentilesMs, metrics };
}

function summaryOf(card: ModelCard): PredictorSummary {
  const { metric, percentiles } = targetOf(card);
  return { device: card.device, metric, metricName: metricKey(metric), ...aboutOf(card), percentiles };
}
