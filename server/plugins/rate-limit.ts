import fastifyRateLimit from '@fastify/rate-limit';
import fp from 'fastify-plugin';
import type { KeyRing } from '../access/key-ring.js';
import { ApiError } from '../http/errors.js';
import { keyOf } from './access.js';

/**
 * Turns away who sends more than so many requests in a second: a key, or an address where no key is given that is known.
 * Each server counts for itself. Register before `access`, so that what is refused counts too.
 */
export const rateLimit = fp<{ perSecond: number; keys: KeyRing }>(async (app, { perSecond, keys }) => {
  await app.register(fastifyRateLimit, { global: false });
  const count = app.createRateLimit({
    max: perSecond,
    timeWindow: 1000,
    keyGenerator: (request) => {
      const key = keyOf(request);
      return (key === undefined ? undefined : keys.known(key)?.id) ?? request.ip;
    },
    allowList: (request) => request.routeOptions.config?.role === 'anyone',
  });
  // The plugin's own hooks are the routes', which come after those of `access`.
  app.addHook('onRequest', async (request, reply) => {
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    reply.header('retry-after', '1');
    throw new ApiError(429, 'too_many_requests', `more than ${perSecond} requests in a second; slow down`);
  });
});
