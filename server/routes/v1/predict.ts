import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DeviceParams } from '../../../api/devices.js';
import { FILES } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import { PredictAnswer, PredictBody, type Prediction, PredictionsQuery } from '../../../api/predict.js';
import { LATENCY, metricNamed } from '../../../src/metrics/metric.js';
import { targetOf } from '../../../src/predictors/saved/card.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError, badField } from '../../http/errors.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import type { Predicted, ServedPredictor } from '../../models/served-predictor.js';
import { refuseWhenBehind } from '../../plugins/pressure.js';
import { keepServed, MOST_KEPT } from '../../predictions/predictions-kept.js';
import { latencyPrediction } from '../../predictions/v1-prediction.js';
import { numbered } from '../../spaces/numbered.js';
import type { Store } from '../../store/store.js';
import { predictionTable } from '../../tables/predictions.js';

/** Most architectures times devices in one request; the largest answer is about 40 MB. */
const MAX_PREDICTIONS = 200_000;
/** Memory for each until its JSON has been sent, bytes. */
const PREDICTION_BYTES = 300;

/** `POST /v1/predict`: latencies of many architectures on one or several devices. */
export const predict: FastifyPluginAsyncTypebox<{ models: ModelFolder; store?: Store }> = async (
  app,
  { models, store },
) => {
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
    async (request): Promise<PredictAnswer> => {
      const { device, devices, architectures, track = false, ...asked } = request.body;
      if ((device === undefined) === (devices === undefined)) {
        throw badField('device', 'name either one `device` or several `devices`');
      }
      const count = architectures.length * (devices?.length ?? 1);
      if (track && count > MOST_KEPT)
        throw badField(
          'track',
          `${count} predictions are more than the ${MOST_KEPT} that can be kept at once`,
        );
      const keep: Keep = (model, predicted) => keepServed(store, model, predicted);
      const question = { ...questionOf(asked), ...(track ? { keep } : {}) };
      request.hold(PREDICTION_BYTES * count);
      if (devices !== undefined) {
        return predictOnAll(models, [...new Set(devices)], architectures, question);
      }
      const [model] = await findModels(models, [device!], question.metric);
      const predictions = await predictWith(model, architectures, question);
      return { predictions, ...conditionsOf(model, question.metric) };
    },
  );

  app.get(
    '/v1/devices/:id/predictions',
    {
      schema: {
        summary: "Downloads predictions of a device's space, with intervals",
        tags: ['predictions'],
        params: DeviceParams,
        querystring: PredictionsQuery,
        response: { 200: { content: FILES }, ...ERRORS },
      },
    },
    async ({ params: { id }, query }, reply) => {
      const { format = 'csv', metric, from = 0, limit = 100_000, sample, seed = 1 } = query;
      const model = async () => (await findModels(models, [id], metric))[0];
      const { space } = await model();
      if (sample === undefined) await numbered(space);
      if (sample === undefined && space.size > Number.MAX_SAFE_INTEGER) {
        throw badField(
          'sample',
          `${space.name} has ${space.size} architectures, too many to number; ask for a sample`,
        );
      }
      const table = predictionTable(
        id,
        metric === undefined ? LATENCY : metricNamed(metric, 'metric'),
        model,
        { from, limit, sample, seed },
      );
      return reply.send(await sendTable(reply, format, table));
    },
  );
};

async function predictOnAll(
  folder: ModelFolder,
  devices: readonly string[],
  architectures: readonly string[],
  question: Question,
): Promise<PredictAnswer> {
  if (devices.length * architectures.length > MAX_PREDICTIONS) {
    const message = `${devices.length} devices times ${architectures.length} architectures are more than ${MAX_PREDICTIONS} predictions; ask in parts`;
    throw new ApiError(413, 'too_many_predictions', message);
  }
  const { metric } = question;
  const models = await findModels(folder, devices, metric);
  const perDevice = await Promise.all(models.map((model) => predictWith(model, architectures, question)));
  return {
    predictions: perDevice.flatMap((predictions, i) =>
      predictions.map((prediction) => ({ ...prediction, device: devices[i] })),
    ),
    ...said(models[0], metric),
    devices: models.map((model) => conditionsOf(model, metric)),
  };
}

/** What each prediction has to contain. */
interface Question {
  readonly metric?: string;
  readonly intervals: boolean;
  /** In the metric's unit. */
  readonly limit?: number;
  readonly keep?: Keep;
}

/** Keeps predictions, and returns their identifiers. */
type Keep = (model: ServedPredictor, predicted: readonly Predicted[]) => Promise<(string | undefined)[]>;

/** @throws ApiError 400 for two limits, or a limit in milliseconds of a metric other than latency */
function questionOf({
  metric,
  intervals = false,
  limit,
  limitMs,
}: Pick<PredictBody, 'metric' | 'intervals' | 'limit' | 'limitMs'>): Question {
  if (limitMs !== undefined && (limit !== undefined || (metric ?? LATENCY.name) !== LATENCY.name)) {
    throw badField('limitMs', 'is a limit of latency, an alternative to `limit`; give one of the two');
  }
  return { metric, intervals, limit: limit ?? limitMs };
}

/** Predicts, in the form of version 0.1 (`latencyMs`) unless the request names a metric. */
async function predictWith(
  model: ServedPredictor,
  architectures: readonly string[],
  { metric, intervals, limit, keep }: Question,
): Promise<Prediction[]> {
  if (limit !== undefined && !model.card.interval) {
    throw badField(
      'limit',
      `the predictor of ${model.card.device} has no intervals, which are needed for probabilities`,
    );
  }
  const wide = intervals || limit !== undefined || keep !== undefined;
  const predicted = await (wide
    ? model.predictWithIntervals(architectures, limit)
    : model.predict(architectures));
  const ids = await keep?.(model, predicted);
  const shown = intervals || !wide ? predicted : predicted.map(({ interval: _, ...rest }) => rest);
  const answers = metric === undefined ? shown.map(latencyPrediction) : shown;
  return ids ? answers.map((answer, i) => (ids[i] ? { id: ids[i], ...answer } : answer)) : answers;
}

function conditionsOf(model: ServedPredictor, metric: string | undefined) {
  const { batchSize, precision } = targetOf(model.card);
  return { device: model.card.device, ...said(model, metric), batchSize, precision };
}

function said(model: ServedPredictor, metric: string | undefined) {
  const { unit } = model.metric;
  return metric === undefined ? { unit } : { metric, unit };
}
