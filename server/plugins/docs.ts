import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { version } from '../../src/version.js';

/** OpenAPI from the routes' schemas at `/docs/json`, and Swagger UI at `/docs`. Register before the routes. */
export const docs = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tempograph',
        version,
        description: 'How long a neural network takes on a device it has not been run on.',
      },
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
});
