import { basename } from 'node:path';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ErrorAnswer } from '../../api/error.js';
import { HealthAnswer, ReadyAnswer } from '../../api/health.js';
import { ApiError } from '../http/errors.js';
import type { ModelFolder, ModelProblem } from '../models/model-folder.js';
import type { Store } from '../store/store.js';

/** Paths on this machine are not shown to clients without a key. */
const UNTOLD = 'send an API key to see it';

function untold({ folder }: ModelProblem): ModelProblem {
  return { folder: basename(folder), message: UNTOLD };
}

/** `/healthz`: the process answers. `/readyz`: it can predict. */
export const health: FastifyPluginAsyncTypebox<{
  models: ModelFolder;
  store?: Store;
  requireKeys: boolean;
}> = async (app, { models, store, requireKeys }) => {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'Whether the process answers',
        tags: ['operation'],
        response: { 200: HealthAnswer },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Whether there is a device to predict',
        tags: ['operation'],
        response: { 200: ReadyAnswer, 503: ErrorAnswer },
      },
    },
    async ({ caller }) => {
      await models.upToDate();
      const devices = models.all().length;
      const isStranger = requireKeys && caller === null;
      const problems = isStranger ? models.problems.map(untold) : models.problems;
      if (devices === 0) {
        const details = problems.map(({ folder, message }) => ({ field: folder, message }));
        throw new ApiError(503, 'no_models', 'there is no trained predictor to serve', details);
      }
      const looked = await store?.look();
      const told = isStranger && looked?.state === 'failed' ? { ...looked, message: UNTOLD } : looked;
      const stored = store && told ? { kind: store.kind, ...told } : { state: 'off' as const };
      return { status: 'ready' as const, devices, problems, store: stored };
    },
  );
};
