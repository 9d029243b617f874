import type { FastifyInstance } from 'fastify';
import { ApiError } from '../http/errors.js';

const LOOK_EVERY_MS = 500;
/** How late a check may be, ms, … */
const MOST_LATE_MS = 1000;
/** … and how many late checks in a row count as overload: a single long block does not. */
const LOOKS = 3;

/** Refuses requests to the routes of a plugin while the event loop is far behind. */
export function refuseWhenBehind(app: FastifyInstance): void {
  let lookedAt = performance.now();
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    late = now - lookedAt - LOOK_EVERY_MS > MOST_LATE_MS ? late + 1 : 0;
    lookedAt = now;
  }, LOOK_EVERY_MS).unref();
  app.addHook('onClose', async () => clearInterval(timer));
  app.addHook('onRequest', (_request, _reply, done) => {
    const behind = late >= LOOKS;
    done(behind ? new ApiError(503, 'overloaded', 'the service is overloaded; try again later') : undefined);
  });
}
