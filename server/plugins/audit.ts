import fp from 'fastify-plugin';
import { noteChange, noteOutcome } from '../store/audit.js';
import type { Store } from '../store/store.js';

/**
 * Writes every change that is asked for into the audit log: before it is made, so that none goes unnoticed, and how it
 * was answered afterwards. Neither bodies nor queries are written down. Register after `access`.
 */
export const audit = fp<{ store: Store }>(async (app, { store }) => {
  const entries = new WeakMap<object, number>();

  app.addHook('preHandler', async (request) => {
    const { config, url: path } = request.routeOptions;
    const changes = request.method !== 'GET' && request.method !== 'HEAD';
    if (!changes || config.audited === false || config.role === 'read' || config.role === 'anyone') return;
    if (request.is404 || path === undefined) return;
    const { database } = await store.ready();
    const { caller, ip: address, method } = request;
    const change = { caller, address, method, path: request.url.split('?')[0] };
    entries.set(request, await noteChange(database, change));
  });

  app.addHook('onResponse', async (request, reply) => {
    const entry = entries.get(request);
    if (entry === undefined || !store.now) return;
    await noteOutcome(store.now.database, entry, reply.statusCode).catch((error: Error) =>
      request.log.warn(`the audit log: ${error.message}`),
    );
  });
});
