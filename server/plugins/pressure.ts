import type { FastifyInstance } from 'fastify';
import { ApiError } from '../http/errors.js';

const LOOK_EVERY_MS = 500;
/** How late a look may come, ms, … */
const MOST_LATE_MS = 1000;
/** … and how many of them in a row: a single long block is no overload. */
const LOOKS = 3;

/** Turns requests to the routes of a plugin away while the event loop is far behind. */
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
