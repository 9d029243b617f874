import { createHash, randomBytes } from 'node:crypto';
import type { Caller, Role } from '../../api/role.js';
import type { Database, Sql } from './database.js';
import { Refusal } from './refusal.js';

/** The public part of an API key; only its holder knows the key itself. */
export interface KeyRow extends Caller {
  readonly createdAt: Date;
}

const COLUMNS = `id, name, role, created_at AS "createdAt"`;

/**
 * The hash under which a key is kept. A key is 256 random bits, which cannot be guessed, so no slow hash is needed.
 */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Creates a key; the answer is the only time `key` is shown. */
export async function addKey(sql: Sql, name: string, role: Role): Promise<KeyRow & { key: string }> {
  const id = randomBytes(4).toString('hex');
  const key = `tg_${id}_${randomBytes(32).toString('base64url')}`;
  const [row] = await sql.query<KeyRow>(
    `INSERT INTO api_key (id, name, role, sha256) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
    [id, name, role, keyHash(key)],
  );
  return { ...row, key };
}

/** Valid keys, the oldest first. */
export async function listKeys(sql: Sql): Promise<KeyRow[]> {
  return sql.query<KeyRow>(`SELECT ${COLUMNS} FROM api_key WHERE removed_at IS NULL ORDER BY created_at, id`);
}

/** Holders of keys, by hash. */
export async function keysByHash(sql: Sql): Promise<Map<string, Caller>> {
  const rows = await sql.query<Caller & { sha256: string }>(
    'SELECT id, name, role, sha256 FROM api_key WHERE removed_at IS NULL',
  );
  return new Map(rows.map(({ sha256, ...caller }) => [sha256, caller]));
}

/**
 * Removes a key.
 *
 * @param mustLeaveAdmin whether to keep the last administrator's key, without which nobody could add another
 * @returns the removed key; undefined if there is none with this identifier
 * @throws Refusal `conflict` if it is the last administrator's key
 */
export async function deleteKey(
  database: Database,
  id: string,
  mustLeaveAdmin = true,
): Promise<KeyRow | undefined> {
  return database.transaction(async (sql) => {
    // If two administrators remove each other's key at the same time, one waits here for the other.
    const admins = await sql.query<{ id: string }>(
      `SELECT id FROM api_key WHERE removed_at IS NULL AND role = 'admin' ORDER BY id FOR UPDATE`,
    );
    if (mustLeaveAdmin && admins.length === 1 && admins[0].id === id) {
      const message = `key ${id} is the last administrator’s: add another before you remove it`;
      throw new Refusal('conflict', 'last_admin', message);
    }
    const [row] = await sql.query<KeyRow>(
      `UPDATE api_key SET removed_at = now() WHERE id = $1 AND removed_at IS NULL RETURNING ${COLUMNS}`,
      [id],
    );
    return row;
  });
}
