import underPressure from '@fastify/under-pressure';
import fp from 'fastify-plugin';

/** Turns queries away while the event loop is more than a second behind. */
export const pressure = fp(async (app) => {
  await app.register(underPressure, { maxEventLoopDelay: 1000, sampleInterval: 500, retryAfter: 1 });
});
