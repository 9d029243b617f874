import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';

/** The page at `/`, as vite built it. */
export const page: FastifyPluginAsync<{ folder: string }> = async (app, { folder }) => {
  if (existsSync(folder)) {
    await app.register(fastifyStatic, { root: folder, wildcard: false });
  }
};
