import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  InferenceError,
  InferenceRequest,
  InferenceResponse,
  ModelMetadata,
  ModelParams,
  ModelReady,
  ServerHealth,
  ServerMetadata,
  VersionParams,
} from '../../../api/inference.js';
import { quote } from '../../../src/base/errors.js';
import { version as packageVersion } from '../../../src/base/version.js';
import { ApiError } from '../../http/errors.js';
import { findModels } from '../../models/find-models.js';
import type { ModelFolder } from '../../models/model-folder.js';
import type { ServedPredictor } from '../../models/served-predictor.js';
import { answerErrorAs, inferenceErrorBody } from '../../plugins/errors.js';
import { refuseWhenBehind } from '../../plugins/pressure.js';
import { infer, metadataOf, modelName } from '../../predictions/inference.js';

/**
 * `/v2`: served predictors in the Open Inference Protocol (KServe v2) of inference servers. A model is a device (`board`),
 * or another metric of it (`board@energy`); its only version is the one that serves.
 */
export const inference: FastifyPluginAsyncTypebox<{ models: ModelFolder }> = async (app, { models }) => {
  refuseWhenBehind(app);
  app.setErrorHandler(answerErrorAs(inferenceErrorBody));
  const tags = ['open inference protocol'];
  const errors = { '4xx': InferenceError, 503: InferenceError };

  app.get(
    '/v2',
    { schema: { summary: 'Describes the server', tags, response: { 200: ServerMetadata } } },
    async () => ({ name: 'tempograph', version: packageVersion, extensions: [] }),
  );

  app.get(
    '/v2/health/live',
    {
      config: { role: 'anyone' },
      schema: { summary: 'Whether the server answers', tags, response: { 200: ServerHealth } },
    },
    async () => ({ live: true }),
  );

  app.get(
    '/v2/health/ready',
    {
      config: { role: 'anyone' },
      schema: {
        summary: 'Whether there is a model',
        tags,
        response: { 200: ServerHealth, 503: InferenceError },
      },
    },
    async () => {
      await models.upToDate();
      if (models.all().length > 0) return { live: true, ready: true };
      throw new ApiError(503, 'no_models', 'there is no trained predictor to serve');
    },
  );

  for (const [path, params] of [
    ['/v2/models/:model', ModelParams],
    ['/v2/models/:model/versions/:version', VersionParams],
  ] as const) {
    app.get(
      path,
      {
        schema: {
          summary: "Describes a model's tensors",
          tags,
          params,
          response: { 200: ModelMetadata, ...errors },
        },
      },
      async ({ params }) => metadataOf(await modelOf(params)),
    );

    app.get(
      `${path}/ready`,
      {
        schema: {
          summary: 'Whether a model answers',
          tags,
          params,
          response: { 200: ModelReady, ...errors },
        },
      },
      async ({ params }) => ({ name: modelName(await modelOf(params)), ready: true }),
    );

    app.post(
      `${path}/infer`,
      {
        config: { role: 'read' },
        schema: {
          summary: 'Predicts',
          tags,
          params,
          body: InferenceRequest,
          response: { 200: InferenceResponse, ...errors },
        },
      },
      async ({ params, body }) => infer(await modelOf(params), body),
    );
  }

  async function modelOf(params: { model: string; version?: string }): Promise<ServedPredictor> {
    const model = models.named(params.model) ?? (await lookedFor(params.model));
    const { version } = model.card;
    if (params.version === undefined || params.version === version) return model;
    const message = `model ${params.model} has no version ${quote(params.version)} that serves; versions: ${version}`;
    throw new ApiError(404, 'unknown_version', message);
  }

  /** Looks for a model that is not loaded yet, or has another name of its metric. */
  async function lookedFor(name: string): Promise<ServedPredictor> {
    await models.upToDate();
    const found = models.named(name);
    if (found) return found;
    const at = name.indexOf('@');
    const [device, metric] = at < 0 ? [name] : [name.slice(0, at), name.slice(at + 1)];
    return (await findModels(models, [device], metric))[0];
  }
};
