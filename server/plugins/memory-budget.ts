import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ApiError } from '../http/errors.js';
import { callerOf } from './access.js';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Reserves memory for the request until its answer has been sent, bytes.
     *
     * @throws ApiError 503 if there is not enough, 429 if the caller's other requests use it
     */
    hold(bytes: number): void;
  }
}

const MIB = 2 ** 20;
/** For all requests in progress. */
const MOST_BYTES = 128 * MIB;
/** For those of one caller, so that there is room for others. */
const MOST_BYTES_EACH = 64 * MIB;
/** A request of at most this size counts as small, … */
const SMALL_BYTES = 256 * 1024;
/** … and has this much extra room. */
const ROOM_FOR_SMALL_BYTES = 32 * MIB;
/** A body is in memory twice: as received, and parsed or on its way to another process. */
const TIMES_BODY = 2;
/** Smaller answers are not counted, … */
const TINY_ANSWER_BYTES = 16 * 1024;
/** … and a table written while it is sent counts this much. */
const TABLE_BYTES = MIB;

/**
 * Refuses requests that, together with those in progress, would take more memory than the service has; single predictions
 * are small and always fit. Bodies are counted as soon as they are announced, and answers until they have been sent, since
 * a client that does not read its answer keeps it in memory. Register after `access`.
 */
export const memoryBudget = fp(async (app) => {
  let total = 0;
  const each = new Map<string, number>();
  const held = new WeakMap<FastifyRequest, number>();
  const over = new WeakSet<FastifyRequest>();

  app.decorateRequest('hold', function hold(this: FastifyRequest, bytes: number) {
    if (over.has(this)) return;
    const caller = callerOf(this);
    const own = each.get(caller) ?? 0;
    const room = bytes <= SMALL_BYTES ? ROOM_FOR_SMALL_BYTES : 0;
    if (total > 0 && total + bytes > MOST_BYTES + room) {
      throw new ApiError(503, 'overloaded', 'other requests are using all the memory; try again later');
    }
    if (own > 0 && own + bytes > MOST_BYTES_EACH + room) {
      const message =
        'your other requests are using all the memory that one caller may use; send fewer at once';
      throw new ApiError(429, 'too_many_requests', message);
    }
    total += bytes;
    each.set(caller, own + bytes);
    held.set(this, (held.get(this) ?? 0) + bytes);
  });

  function release(request: FastifyRequest): void {
    over.add(request);
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
    // `close` covers clients that disconnect before the end.
    for (const end of ['finish', 'close'] as const) reply.raw.once(end, () => release(request));
    try {
      const bytes = announced(request);
      if (bytes > 0) request.hold(TIMES_BODY * bytes);
      done();
    } catch (error) {
      done(error as ApiError);
    }
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    try {
      const bytes = inMemory(reply, payload);
      if (bytes > TINY_ANSWER_BYTES) request.hold(bytes);
      done(null, payload);
    } catch (error) {
      if (payload instanceof Readable) payload.destroy();
      done(error as ApiError);
    }
  });
});

/** Bytes of an answer in memory; event streams have their own limits and share their events. */
function inMemory(reply: FastifyReply, payload: unknown): number {
  if (typeof payload === 'string' || payload instanceof Uint8Array) return payload.length;
  if (!(payload instanceof Readable)) return 0;
  if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return 0;
  return payload.readableObjectMode ? TABLE_BYTES : payload.readableHighWaterMark;
}

/** Largest possible size of a request's body by its headers, bytes; the route itself refuses larger ones than it accepts. */
function announced({ headers, routeOptions: { bodyLimit } }: FastifyRequest): number {
  const length = headers['content-length'];
  if (length !== undefined) return Math.min(Number(length), bodyLimit);
  return headers['transfer-encoding'] === undefined ? 0 : bodyLimit;
}
