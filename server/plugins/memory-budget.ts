import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ApiError } from '../http/errors.js';
import { callerOf } from './access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Counts memory that the request will take until it is answered and the answer has left, bytes.
     *
     * @throws ApiError 503 if there is not so much, 429 if the caller's other requests have it
     */
    hold(bytes: number): void;
  }
}

const MIB = 2 ** 20;
/** For all requests under way. */
const MOST_BYTES = 128 * MIB;
/** For those of one caller, so that there is room for another's. */
const MOST_BYTES_EACH = 64 * MIB;
/** A request that takes so much counts as small, … */
const SMALL_BYTES = 256 * 1024;
/** … and finds room beside the others. */
const ROOM_FOR_SMALL_BYTES = 32 * MIB;
/** A body is there as it came, and taken apart or on its way to another process. */
const TIMES_BODY = 2;

/**
 * Turns requests away that, together with those under way, would take more memory than the service has; single predictions
 * are small, and go on. Bodies are counted as soon as they are announced. Register after `access`.
 */
export const memoryBudget = fp(async (app) => {
  let total = 0;
  const each = new Map<string, number>();
  const held = new WeakMap<FastifyRequest, number>();

  app.decorateRequest('hold', function hold(this: FastifyRequest, bytes: number) {
    const caller = callerOf(this);
    const own = each.get(caller) ?? 0;
    const isSmall = bytes <= SMALL_BYTES;
    if (total > 0 && total + bytes > MOST_BYTES + (isSmall ? ROOM_FOR_SMALL_BYTES : 0)) {
      throw new ApiError(503, 'overloaded', 'other requests have all the memory there is; try again later');
    }
    if (!isSmall && own > 0 && own + bytes > MOST_BYTES_EACH) {
      const message = 'your other requests have all the memory that one caller may have; send fewer at once';
      throw new ApiError(429, 'too_many_requests', message);
    }
    total += bytes;
    each.set(caller, own + bytes);
    held.set(this, (held.get(this) ?? 0) + bytes);
  });

  function release(request: FastifyRequest): void {
    const bytes = held.get(request) ?? 0;
    if (bytes === 0) return;
    held.delete(request);
    total -= bytes;
    const caller = callerOf(request);
    const left = each.get(caller)! - bytes;
    if (left > 0) each.set(caller, left);
    else each.delete(caller);
  }

  app.addHook('onRequest', (request, reply, done) => {
    // Whoever goes away before the end hears no answer.
    for (const end of ['finish', 'close'] as const) reply.raw.once(end, () => release(request));
    try {
      const bytes = announced(request);
      if (bytes > 0) request.hold(TIMES_BODY * bytes);
      done();
    } catch (error) {
      done(error as ApiError);
    }
  });
});

/** Bytes that a request's body may have, as its headers say; one larger than the route takes is refused by that. */
function announced({ headers, routeOptions: { bodyLimit } }: FastifyRequest): number {
  const length = headers['content-length'];
  if (length !== undefined) return Math.min(Number(length), bodyLimit);
  return headers['transfer-encoding'] === undefined ? 0 : bodyLimit;
}
