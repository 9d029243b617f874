import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { jsonOrFile, TableQuery } from '../../../api/downloads.js';
import { ERRORS } from '../../../api/error.js';
import {
  AuditAnswer,
  AuditQuery,
  type Key,
  KeyBody,
  KeyParams,
  KeysAnswer,
  NewKeyAnswer,
} from '../../../api/keys.js';
import type { KeyRing } from '../../access/key-ring.js';
import { sendTable } from '../../http/downloads.js';
import { ApiError } from '../../http/errors.js';
import { listChanges } from '../../store/audit.js';
import { addKey, deleteKey, type KeyRow, listKeys } from '../../store/keys.js';
import type { Store } from '../../store/store.js';
import { auditTable, keyTable } from '../../tables/access.js';

/** `/v1/keys`: who may use the service; `/v1/audit`: who changed what. */
export const keys: FastifyPluginAsyncTypebox<{ store: Store; ring: KeyRing }> = async (
  app,
  { store, ring },
) => {
  const config = { role: 'admin' } as const;

  app.post(
    '/v1/keys',
    {
      config,
      schema: {
        summary: 'Creates an API key',
        tags: ['access'],
        body: KeyBody,
        response: { 201: NewKeyAnswer, ...ERRORS },
      },
    },
    async ({ body: { name, role } }, reply) => {
      const { database } = await store.ready();
      const { key, ...row } = await addKey(database, name, role);
      await ring.refresh();
      return reply.code(201).send({ ...keyAnswer(row), key });
    },
  );

  app.get(
    '/v1/keys',
    {
      config,
      schema: {
        summary: 'Lists API keys, without their secrets; as JSON or as a file',
        tags: ['access'],
        querystring: TableQuery,
        response: { 200: jsonOrFile(KeysAnswer), ...ERRORS },
      },
    },
    async ({ query: { format = 'json' } }, reply) => {
      const { database } = await store.ready();
      const rows = await listKeys(database);
      if (format !== 'json') return reply.send(await sendTable(reply, format, keyTable(rows)));
      return reply.send({ keys: rows.map(keyAnswer) });
    },
  );

  app.delete(
    '/v1/keys/:id',
    {
      config,
      schema: {
        summary: 'Removes an API key; other servers accept it for a few seconds more',
        tags: ['access'],
        params: KeyParams,
        response: { 200: KeysAnswer.properties.keys.items, ...ERRORS },
      },
    },
    async ({ params: { id } }) => {
      const { database } = await store.ready();
      const removed = await deleteKey(database, id, !ring.hasFixedAdministrator);
      await ring.refresh();
      if (removed) return keyAnswer(removed);
      throw new ApiError(404, 'unknown_key', `there is no API key ${id}; see /v1/keys`);
    },
  );

  app.get(
    '/v1/audit',
    {
      config,
      schema: {
        summary: 'Lists requested changes and who requested them, the latest first; as JSON or as a file',
        tags: ['access'],
        querystring: AuditQuery,
        response: {
          200: jsonOrFile(AuditAnswer),
          ...ERRORS,
        },
      },
    },
    async ({ query: { before, limit, format = 'json' } }, reply) => {
      const { database } = await store.ready();
      if (format !== 'json') {
        const all = auditTable(database, before, limit);
        return reply.send(await sendTable(reply, format, all));
      }
      const changes = await listChanges(database, before, limit ?? 100);
      return reply.send({ changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })) });
    },
  );
};

function keyAnswer({ id, name, role, createdAt }: KeyRow): Key {
  return { id, name, role, createdAt: createdAt.toISOString() };
}
