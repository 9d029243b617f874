import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { StrategiesAnswer } from '../../../api/strategies.js';
import { pairKinds } from '../../../src/search/codesign/strategies.js';
import { strategyKinds } from '../../../src/search/strategies/registry.js';

/** `GET /v1/strategies`: what a search may be asked to follow. */
export const strategies: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/strategies',
    {
      schema: {
        summary: 'Strategies of a search, with their options',
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
