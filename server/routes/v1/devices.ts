import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ModelCard } from '../../../src/predictors/card.js';
import { findModels } from '../../find-models.js';
import type { ModelFolder } from '../../models.js';
import { type Device, DeviceParams, DevicesAnswer } from '../../schemas/devices.js';
import { ErrorAnswer } from '../../schemas/error.js';

/** `/v1/devices`: what can be asked about, and how far to trust it. */
export const devices: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  app.get(
    '/v1/devices',
    {
      schema: {
        summary: 'Devices with a trained predictor',
        tags: ['devices'],
        response: { 200: DevicesAnswer },
      },
    },
    async () => {
      await models.upToDate();
      return { devices: models.all().map(({ card }) => deviceOf(card)) };
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
