import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ErrorAnswer } from '../../../api/error.js';
import { SpaceAnswer, SpaceParams } from '../../../api/spaces.js';
import { quote } from '../../../src/base/errors.js';
import { knownSpaces } from '../../../src/spaces/registry.js';
import { ApiError } from '../../errors.js';

/** `GET /v1/spaces/:name`: what an architecture of a space is made of. */
export const spaces: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/v1/spaces/:name',
    {
      schema: {
        summary: 'What an architecture of a search space is made of',
        tags: ['devices'],
        params: SpaceParams,
        response: { 200: SpaceAnswer, 404: ErrorAnswer },
      },
    },
    async ({ params }) => {
      const all = knownSpaces();
      const space = all.find(({ name }) => name === params.name);
      if (!space) {
        const known = all.map(({ name }) => name).join(', ');
        throw new ApiError(
          404,
          'unknown_space',
          `there is no search space ${quote(params.name)}; spaces: ${known}`,
        );
      }
      const { name, description, size, example, slots } = space;
      return {
        name,
        description,
        size,
        example,
        slots: slots.map((slot) => ({ ...slot, options: [...slot.options] })),
      };
    },
  );
};
