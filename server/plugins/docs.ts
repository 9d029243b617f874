import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { version } from '../../src/base/version.js';
import { docsLook } from './docs-look.js';

/** Swagger UI sets styles inline. Unlike its own policy this one does not ask for HTTPS, which we don't speak. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; object-src 'none'";

/** OpenAPI from the routes' schemas at `/docs/json`, and Swagger UI at `/docs`. Register before the routes. */
export const docs = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tempograph',
        version,
        description: 'How long a neural network takes on a device that it has not been run on.',
      },
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key, if keys are required; `security` names the role that it needs',
          },
        },
      },
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: CONTENT_SECURITY_POLICY, ...docsLook });
});
