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

/** Adds a version of a space and makes it current; an earlier version becomes current again. */
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

/** The current version of each space, by name. */
export async function currentSpaces(sql: Sql): Promise<SpaceVersion[]> {
  return sql.query(
    `SELECT DISTINCT ON (name) ${COLUMNS} FROM space_version ORDER BY name, space_version.number DESC`,
  );
}

/** All versions of a space, the current one first. */
export async function spaceVersions(sql: Sql, name: string): Promise<SpaceVersion[]> {
  return sql.query(
    `SELECT ${COLUMNS} FROM space_version WHERE name = $1 ORDER BY space_version.number DESC`,
    [name],
  );
}

/** The measured architectures of a space, each with one device on which it was measured. */
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

/** Deletes a version of a space, or all versions. */
export async function deleteSpace(sql: Sql, name: string, version?: string): Promise<void> {
  await sql.query('DELETE FROM space_version WHERE name = $1 AND ($2::text IS NULL OR version = $2)', [
    name,
    version ?? null,
  ]);
}

/** Prevents devices and searches from being added until the transaction ends. */
export async function lockUsersOfSpaces(sql: Sql): Promise<void> {
  await sql.query('LOCK TABLE device, search IN SHARE MODE');
}

/** Running searches in a space. */
export async function runningSearchesIn(sql: Sql, space: string): Promise<string[]> {
  const searches = await sql.query<{ id: string }>(
    `SELECT s.id FROM search s LEFT JOIN job j ON j.id = s.job
     WHERE s.state = 'running' AND s.request->>'space' = $1
       AND (j.state IS NULL OR j.state NOT IN ('failed', 'cancelled')) ORDER BY s.number`,
    [space],
  );
  return searches.map(({ id }) => id);
}

/** Devices of a space with measurements, or with networks to measure. */
export async function devicesIn(sql: Sql, space: string): Promise<string[]> {
  const devices = await sql.query<{ id: string }>(
    `SELECT id FROM device d WHERE space = $1
       AND (EXISTS (SELECT FROM measurement m WHERE m.device = d.id)
         OR EXISTS (SELECT FROM candidate c WHERE c.device = d.id AND c.state IN ('queued', 'leased')))
     ORDER BY id`,
    [space],
  );
  return devices.map(({ id }) => id);
}

/** Open jobs in a space, or on a device of it. */
export async function openJobsIn(sql: Sql, space: string): Promise<string[]> {
  const jobs = await sql.query<{ id: string }>(
    `SELECT j.id FROM job j LEFT JOIN device d ON d.id = j.device
     WHERE j.state IN ('queued', 'running') AND (d.space = $1 OR j.request->>'space' = $1) ORDER BY j.number`,
    [space],
  );
  return jobs.map(({ id }) => id);
}
