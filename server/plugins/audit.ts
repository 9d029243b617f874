import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { noteChange, noteOutcome } from '../store/audit.js';
import type { Store } from '../store/store.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether a request has changed something that belongs in the audit log. */
    noted: boolean;
  }
}

/** Least time between recorded refusals of one address, ms, so that nobody without a key can fill the store. */
const REFUSALS_EVERY_MS = 1000;

/**
 * Records every requested change in the audit log: before it is made, so that none is missed, and afterwards its answer.
 * Neither bodies nor queries are recorded. Routes that change nothing, above all predictions, are not audited. Routes that
 * are polled (`audited: 'if noted'`) are recorded after the answer, and only if the request has noted a change. Refused
 * requests are recorded too, at most one per second and address. Register after `access`, and before the routes.
 */
export const audit = fp<{ store: Store }>(async (app, { store }) => {
  app.decorateRequest('noted', false);
  const entries = new WeakMap<FastifyRequest, number>();
  const refusedLately = new LRUCache<string, true>({ max: 10_000, ttl: REFUSALS_EVERY_MS });

  const note = async (request: FastifyRequest) => {
    const { database } = await store.ready();
    const { caller, ip: address, method } = request;
    const change = { caller, address, method, path: request.url.split('?')[0] };
    entries.set(request, await noteChange(database, change));
  };

  const noteAnswer = async (request: FastifyRequest, reply: FastifyReply) => {
    const entry = entries.get(request);
    if (entry === undefined || !store.now) return;
    await noteOutcome(store.now.database, entry, reply.statusCode).catch((error: Error) =>
      request.log.warn(`the audit log: ${error.message}`),
    );
  };

  const noteAfterwards = async (request: FastifyRequest, reply: FastifyReply) => {
    if (!store.now) return;
    await note(request)
      .then(() => noteAnswer(request, reply))
      .catch((error: Error) => request.log.warn(`the audit log: ${error.message}`));
  };

  app.addHook('onResponse', async (request, reply) => {
    if (![401, 403].includes(reply.statusCode) || entries.has(request) || refusedLately.has(request.ip))
      return;
    refusedLately.set(request.ip, true);
    await noteAfterwards(request, reply);
  });

  app.addHook('onRoute', (route) => {
    if (route.config?.audited === 'if noted') {
      const noteIfNoted = async (request: FastifyRequest, reply: FastifyReply) => {
        if (request.noted) await noteAfterwards(request, reply);
      };
      route.onResponse = [noteIfNoted, ...[route.onResponse ?? []].flat()];
      return;
    }
    if (!isAudited(route)) return;
    route.preHandler = [note, ...[route.preHandler ?? []].flat()];
    route.onResponse = [noteAnswer, ...[route.onResponse ?? []].flat()];
  });
});

function isAudited({ method, config }: RouteOptions): boolean {
  if ([method].flat().every((m) => m === 'GET' || m === 'HEAD')) return false;
  return config?.audited !== false && config?.role !== 'read' && config?.role !== 'anyone';
}
