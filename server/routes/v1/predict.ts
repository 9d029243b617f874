import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DeviceParams } from '../../../api/devices.js';
import { FILES } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { PredictAnswer, PredictBody, PredictionsQuery } from '../../../api/predict.js';
import { download } from '../../downloads.js';
import { ApiError, badField } from '../../errors.js';
import type { DeviceModel } from '../../models/device-model.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import { refuseWhenBehind } from '../../pressure.js';
import { predictionTable } from '../../tables/predictions.js';

/** Architectures times devices in one request; the answer to as many is about 40 MB. */
const MAX_PREDICTIONS = 200_000;

/** `POST /v1/predict`: latencies of many architectures on one or several devices. */
export const predict: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  refuseWhenBehind(app);

  app.post(
    '/v1/predict',
    {
      config: { role: 'read' },
      schema: {
        summary: 'Predicts latencies',
        tags: ['predictions'],
        body: PredictBody,
        response: { 200: PredictAnswer, ...ERRORS },
      },
    },
    async ({ body: { device, devices, architectures, intervals = false } }): Promise<PredictAnswer> => {
      if ((device === undefined) === (devices === undefined)) {
        throw badField('device', 'name either one `device` or several `devices`');
      }
      if (devices !== undefined) {
        return predictOnAll(models, [...new Set(devices)], architectures, intervals);
      }
      const [model] = await findModels(models, [device!]);
      const predictions = await predictWith(model, architectures, intervals);
      return { predictions, ...conditionsOf(model) };
    },
  );

  app.get(
    '/v1/devices/:id/predictions',
    {
      schema: {
        summary: "Predictions of a device's space as a file, with intervals",
        tags: ['predictions'],
        params: DeviceParams,
        querystring: PredictionsQuery,
        response: { 200: { content: FILES }, ...ERRORS },
      },
    },
    async ({ params: { id }, query }, reply) => {
      const { format = 'csv', from = 0, limit = 100_000, sample, seed = 1 } = query;
      const model = async () => (await findModels(models, [id]))[0];
      const { space } = await model();
      if (sample === undefined && space.size > Number.MAX_SAFE_INTEGER) {
        throw badField(
          'sample',
          `${space.name} has ${space.size} architectures, too many to number them; ask for a sample of some`,
        );
      }
      const table = predictionTable(id, model, { from, limit, sample, seed });
      return reply.send(await download(reply, format, table));
    },
  );
};

async function predictOnAll(
  folder: ModelFolder,
  devices: readonly string[],
  architectures: readonly string[],
  intervals: boolean,
): Promise<PredictAnswer> {
  if (devices.length * architectures.length > MAX_PREDICTIONS) {
    const message = `${devices.length} devices times ${architectures.length} architectures are more than ${MAX_PREDICTIONS} predictions; ask in parts`;
    throw new ApiError(413, 'too_many_predictions', message);
  }
  const models = await findModels(folder, devices);
  const perDevice = await Promise.all(models.map((model) => predictWith(model, architectures, intervals)));
  return {
    predictions: perDevice.flatMap((predictions, i) =>
      predictions.map((prediction) => ({ ...prediction, device: devices[i] })),
    ),
    unit: 'ms',
    devices: models.map(conditionsOf),
  };
}

function predictWith(model: DeviceModel, architectures: readonly string[], intervals: boolean) {
  return intervals ? model.predictWithIntervals(architectures) : model.predict(architectures);
}

function conditionsOf({ card }: DeviceModel) {
  const { unit, batchSize, precision } = card.latency;
  return { device: card.device, unit, batchSize, precision };
}
