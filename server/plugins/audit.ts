import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { noteChange, noteOutcome } from '../store/audit.js';
import type { Store } from '../store/store.js';

/**
 * Writes every change that is asked for into the audit log: before it is made, so that none goes unnoticed, and how it
 * was answered afterwards. Neither bodies nor queries are written down. Routes that change nothing are left alone,
 * predictions above all. Register after `access`, and before the routes.
 */
export const audit = fp<{ store: Store }>(async (app, { store }) => {
  const entries = new WeakMap<FastifyRequest, number>();

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

  app.addHook('onRoute', (route) => {
    if (!isAudited(route)) return;
    route.preHandler = [note, ...[route.preHandler ?? []].flat()];
    route.onResponse = [noteAnswer, ...[route.onResponse ?? []].flat()];
  });
});

function isAudited({ method, config }: RouteOptions): boolean {
  if ([method].flat().every((m) => m === 'GET' || m === 'HEAD')) return false;
  return config?.audited !== false && config?.role !== 'read' && config?.role !== 'anyone';
}
