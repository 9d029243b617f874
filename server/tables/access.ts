import type { Column, Table } from '../http/downloads.js';
import { type AuditEntry, listChanges } from '../store/audit.js';
import type { Sql } from '../store/database.js';
import type { KeyRow } from '../store/keys.js';
import { inLots, sliced } from './lots.js';

const KEY_COLUMNS: Column<KeyRow>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'name', type: 'STRING', value: ({ name }) => name },
  { name: 'role', type: 'STRING', value: ({ role }) => role },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => createdAt },
];

const AUDIT_COLUMNS: Column<AuditEntry>[] = [
  { name: 'id', type: 'INT64', value: ({ id }) => id },
  { name: 'at', type: 'TIMESTAMP', value: ({ at }) => at },
  { name: 'key', type: 'STRING', value: ({ key }) => key },
  { name: 'name', type: 'STRING', value: ({ name }) => name },
  { name: 'address', type: 'STRING', value: ({ address }) => address },
  { name: 'method', type: 'STRING', value: ({ method }) => method },
  { name: 'path', type: 'STRING', value: ({ path }) => path },
  { name: 'status', type: 'INT64', value: ({ status }) => status },
];

export function keyTable(keys: readonly KeyRow[]): Table<KeyRow> {
  return { name: 'keys', columns: KEY_COLUMNS, rows: sliced(keys) };
}

/** Requested changes, the latest first; only those before the entry `before`, if given. */
export function auditTable(
  sql: Sql,
  before: number | undefined,
  limit: number | undefined,
): Table<AuditEntry> {
  const list = (last: AuditEntry | undefined, count: number) => listChanges(sql, last?.id ?? before, count);
  return { name: 'audit', columns: AUDIT_COLUMNS, rows: inLots(list, limit) };
}
