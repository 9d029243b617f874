import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Device, DeviceParams, DevicesAnswer } from '../../../api/devices.js';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ErrorAnswer } from '../../../api/error.js';
import { ModelCard } from '../../../src/predictors/saved/card.js';
import { download } from '../../downloads.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { deviceTable } from '../../tables/models.js';

/** `/v1/devices`: what can be asked about, and how far to trust it. */
export const devices: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  app.get(
    '/v1/devices',
    {
      schema: {
        summary: 'Devices with a trained predictor; as JSON or as a file',
        tags: ['devices'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(DevicesAnswer) },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      await models.upToDate();
      const devices = models.all().map(({ card }) => deviceOf(card));
      return reply.send(
        format === 'json' ? { devices } : await download(reply, format, deviceTable(devices)),
      );
    },
  );

  app.get(
    '/v1/devices/:id',
    {
      schema: {
        summary: "A predictor's whole card: data, split, options, scores, versions",
        tags: ['devices'],
        params: DeviceParams,
        response: { 200: ModelCard, 404: ErrorAnswer },
      },
    },
    async ({ params: { id } }) => {
      const [model] = await findModels(models, [id]);
      return model.card;
    },
  );
};

function deviceOf(card: ModelCard): Device {
  const { device, description, space, deadOperations, predictor, version, latency, scores, data } = card;
  return {
    id: device,
    description,
    space,
    deadOperations,
    predictor,
    version,
    ...latency,
    scores,
    source: data.source,
    licence: data.licence,
  };
}
