import { createHash } from 'node:crypto';
import type { SpaceFile } from '../../src/spaces/declared/space-file.js';
import type { Sql } from './database.js';

/** A file that declares a space, as it was uploaded. */
export interface SpaceVersion {
  readonly name: string;
  /** First 12 hexadecimal digits of the SHA-256 of its text. */
  readonly version: string;
  readonly file: SpaceFile;
  readonly createdAt: Date;
}

const COLUMNS = `name, version, file::json AS file, created_at AS "createdAt"`;

/** Keeps a version of a space, which counts from now on; an earlier one counts again. */
export async function addSpace(sql: Sql, file: SpaceFile): Promise<SpaceVersion> {
  const text = JSON.stringify(file);
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const [added] = await sql.query<SpaceVersion>(
    `INSERT INTO space_version (name, version, file) VALUES ($1, $2, $3)
     ON CONFLICT (name, version) DO UPDATE SET number = DEFAULT RETURNING ${COLUMNS}`,
    [file.name, version, text],
  );
  return added;
}

/** The version of each space that counts, by name. */
export async function currentSpaces(sql: Sql): Promise<SpaceVersion[]> {
  return sql.query(
    `SELECT DISTINCT ON (name) ${COLUMNS} FROM space_version ORDER BY name, space_version.number DESC`,
  );
}

/** All versions of a space, that which counts first. */
export async function spaceVersions(sql: Sql, name: string): Promise<SpaceVersion[]> {
  return sql.query(
    `SELECT ${COLUMNS} FROM space_version WHERE name = $1 ORDER BY space_version.number DESC`,
    [name],
  );
}

/** What has been measured in a space: each architecture once, with a device that it was measured on. */
export async function measuredIn(
  sql: Sql,
  space: string,
): Promise<{ architecture: string; device: string }[]> {
  return sql.query(
    `SELECT m.architecture, min(m.device) AS device FROM measurement m JOIN device d ON d.id = m.device
     WHERE d.space = $1 GROUP BY m.architecture`,
    [space],
  );
}

/** A search in a space that goes on. */
export async function runningSearchIn(sql: Sql, space: string): Promise<string | undefined> {
  const [search] = await sql.query<{ id: string }>(
    `SELECT id FROM search WHERE state = 'running' AND request->>'space' = $1 LIMIT 1`,
    [space],
  );
  return search?.id;
}
