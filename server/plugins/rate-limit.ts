import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import type { KeyRing } from '../access/key-ring.js';
import { ApiError } from '../http/errors.js';
import { keyOf } from './access.js';

/** Most callers counted at a time. */
const MOST_CALLERS = 5000;

/**
 * Refuses requests of a caller that sends more than a given number per second. A caller is a key, or an address without a
 * known key. Each server counts for itself. Register before `access`, so that refused requests count too.
 */
export const rateLimit = fp<{ perSecond: number; keys: KeyRing }>(async (app, { perSecond, keys }) => {
  // Its clock is monotonic, so it is not affected when the system's clock is changed.
  const counts = new LRUCache<string, { requests: number }>({ max: MOST_CALLERS, ttl: 1000 });
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.role === 'anyone') {
      done();
      return;
    }
    const key = keyOf(request);
    const caller = (key === undefined ? undefined : keys.known(key)?.id) ?? request.ip;
    const count = counts.get(caller) ?? { requests: 0 };
    if (count.requests++ === 0) counts.set(caller, count);
    if (count.requests <= perSecond) {
      done();
      return;
    }
    reply.header('retry-after', '1');
    done(new ApiError(429, 'too_many_requests', `more than ${perSecond} requests per second; slow down`));
  });
});
