import fp from 'fastify-plugin';
import type { ServiceMetrics } from '../monitoring/metrics.js';

/** Measures every request by route. */
export const requestMetrics = fp<{ metrics: ServiceMetrics }>(async (app, { metrics }) => {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestSeconds.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    done();
  });
});
