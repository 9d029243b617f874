import fastifyRateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import { ApiError } from '../errors.js';
import { callerOf } from './access.js';

/**
 * Turns away who sends more than so many requests in a second: a key, or an address where no key is given. Each server
 * counts for itself. Register after `access`.
 */
export const rateLimit = fp<{ perSecond: number }>(async (app, { perSecond }) => {
  await app.register(fastifyRateLimit, {
    max: perSecond,
    timeWindow: 1000,
    keyGenerator: callerOf,
    allowList: (request) => request.routeOptions.config.role === 'anyone',
    errorResponseBuilder: (_request, { max }) =>
      new ApiError(429, 'too_many_requests', `more than ${max} requests in a second; slow down`),
  });
});
