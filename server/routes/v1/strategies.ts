import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { StrategiesAnswer } from '../../../api/strategies.js';
import { pairKinds } from '../../../src/search/codesign/strategies.js';
import { strategyKinds } from '../../../src/search/strategies/registry.js';

/** `GET /v1/strategies`: the strategies of searches. */
export const strategies: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/strategies',
    {
      schema: {
        summary: 'Lists the strategies of searches, with their options',
        tags: ['searches'],
        response: { 200: StrategiesAnswer },
      },
    },
    async () => ({
      strategies: strategyKinds.map((kind) => ({
        name: kind.name,
        description: kind.description,
        searches: pairKinds.includes(kind) ? ('pairs' as const) : ('networks' as const),
        options: { ...kind.defaults },
      })),
    }),
  );
};
