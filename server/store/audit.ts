import type { Caller } from '../../api/role.js';
import type { Sql } from './database.js';

/** A requested change. */
export interface AuditEntry {
  readonly id: number;
  readonly at: Date;
  /** Identifier and name of the key; null if none is needed. */
  readonly key: string | null;
  readonly name: string | null;
  readonly address: string;
  readonly method: string;
  readonly path: string;
  /** HTTP status of the answer; null if the service ended before it gave one, or has not given it yet. */
  readonly status: number | null;
}

export interface NewAuditEntry extends Pick<AuditEntry, 'address' | 'method' | 'path'> {
  readonly caller: Caller | null;
}

/** Records a requested change before it is made. */
export async function noteChange(
  sql: Sql,
  { caller, address, method, path }: NewAuditEntry,
): Promise<number> {
  const [{ id }] = await sql.query<{ id: number }>(
    `INSERT INTO audit (key, name, address, method, path) VALUES ($1, $2, $3, $4, $5) RETURNING id::float8 AS id`,
    [caller?.id ?? null, caller?.name ?? null, address, method, path],
  );
  return id;
}

/** Records the answer to a requested change. */
export async function noteOutcome(sql: Sql, id: number, status: number): Promise<void> {
  await sql.query('UPDATE audit SET status = $2 WHERE id = $1', [id, status]);
}

/** Requested changes, the latest first; only those before the entry `before`, if given. */
export async function listChanges(
  sql: Sql,
  before: number | undefined,
  limit: number,
): Promise<AuditEntry[]> {
  return sql.query<AuditEntry>(
    `SELECT id::float8 AS id, at, key, name, address, method, path, status FROM audit
     WHERE $1::bigint IS NULL OR audit.id < $1 ORDER BY audit.id DESC LIMIT $2`,
    [before ?? null, limit],
  );
}
