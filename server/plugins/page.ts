import { existsSync } from 'node:fs';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';

/** The page at `/`, as vite built it, with the headers a browser needs to distrust everything else. */
export const page: FastifyPluginAsync<{ folder: string }> = async (app, { folder }) => {
  await app.register(helmet, {
    // The service speaks plain HTTP; whoever puts TLS before it adds this header there.
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      directives: { upgradeInsecureRequests: null, scriptSrc: ["'self'"], imgSrc: ["'self'", 'data:'] },
    },
  });
  if (existsSync(folder)) {
    await app.register(fastifyStatic, { root: folder, wildcard: false });
  }
};
