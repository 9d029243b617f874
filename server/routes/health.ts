import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ErrorAnswer } from '../../api/error.js';
import { HealthAnswer, ReadyAnswer } from '../../api/health.js';
import { ApiError } from '../errors.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { Store } from '../store/store.js';

/** `/healthz`: the process answers. `/readyz`: it can predict. */
export const health: FastifyPluginAsyncTypebox<{ models: ModelFolder; store?: Store }> = async (
  app,
  { models, store },
) => {
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
        summary: 'Whether there is a device to ask about',
        tags: ['operation'],
        response: { 200: ReadyAnswer, 503: ErrorAnswer },
      },
    },
    async () => {
      await models.upToDate();
      const devices = models.all().length;
      const { problems } = models;
      if (devices === 0) {
        const details = problems.map(({ folder, message }) => ({ field: folder, message }));
        throw new ApiError(503, 'no_models', 'there is no trained predictor to serve', details);
      }
      const stored = store ? { kind: store.kind, ...(await store.look()) } : { state: 'off' as const };
      return { status: 'ready' as const, devices, problems, store: stored };
    },
  );
};
