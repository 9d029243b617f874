import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';

/** The page at `/`, as built by vite. Files are looked up on each request, because the page may be rebuilt meanwhile. */
export const page: FastifyPluginAsync<{ folder: string }> = async (app, { folder }) => {
  if (!existsSync(folder)) return;
  await app.register(fastifyStatic, { root: join(folder, 'assets'), prefix: '/assets/' });
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html', folder));
};
