import type { FastifyPluginAsync } from 'fastify';
import { Type } from '#typebox';
import type { ServiceMetrics } from '../monitoring/metrics.js';

/** `/metrics` in Prometheus' text format. */
export const metricsRoute: FastifyPluginAsync<{ metrics: ServiceMetrics }> = async (app, { metrics }) => {
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Metrics in Prometheus’ text format',
        tags: ['operation'],
        response: { 200: { content: { 'text/plain': { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
};
