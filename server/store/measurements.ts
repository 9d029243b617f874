import { createHash } from 'node:crypto';
import { quote } from '../../src/base/errors.js';
import { findCandidates, markMeasured } from './candidates.js';
import type { Sql } from './database.js';
import { type DeviceRow, keepDevice } from './devices.js';
import { type ErrorDetail, Refusal, refuseIfAny } from './refusal.js';

/** A measurement that is to be kept: its architecture in canonical form. */
export interface NewMeasurement {
  readonly architecture: string;
  readonly latencyMs: number;
  /** The candidate that was measured, if it was one. */
  readonly candidate?: string;
}

export interface Measurement extends Required<Omit<NewMeasurement, 'candidate'>> {
  readonly candidate: string | null;
  readonly id: number;
  readonly key: string;
  readonly uploadedAt: Date;
}

/**
 * Keeps an upload, all of it or nothing, once per key.
 *
 * @param answer is kept with it, and given again when the upload is repeated
 * @param placeOf names a row's field in an error
 * @returns the answer to the first upload under this key
 * @throws Refusal `conflict` if the key stands for other measurements, `malformed` if a candidate is not what was measured
 */
export async function keepUpload<Answer extends object>(
  sql: Sql,
  device: DeviceRow,
  key: string,
  rows: readonly NewMeasurement[],
  answer: Answer,
  placeOf: (row: number, field: string) => string,
): Promise<Answer> {
  await keepDevice(sql, device);
  const sha256 = contentHash(device, rows);
  const [upload] = await sql.query<{ id: string }>(
    `INSERT INTO upload (device, key, content_sha256, answer) VALUES ($1, $2, $3, $4::jsonb)
     ON CONFLICT (device, key) DO NOTHING RETURNING id::text`,
    [device.id, key, sha256, JSON.stringify(answer)],
  );
  if (!upload) {
    const [first] = await sql.query<{ sha256: string; answer: Answer }>(
      'SELECT content_sha256 AS sha256, answer FROM upload WHERE device = $1 AND key = $2',
      [device.id, key],
    );
    if (first.sha256 === sha256) return first.answer;
    const message = `key ${quote(key)} has been used for other measurements of ${device.id}; give each upload its own`;
    throw new Refusal('conflict', 'key_reused', message, [{ field: 'key', message }]);
  }
  await settleCandidates(sql, device.id, rows, placeOf);
  await sql.query(
    `INSERT INTO measurement (device, upload, architecture, latency_ms, candidate)
     SELECT $1, $2::bigint, row.architecture, row.latency_ms, row.candidate
     FROM unnest($3::text[], $4::float8[], $5::uuid[]) WITH ORDINALITY AS row (architecture, latency_ms, candidate, place)
     ORDER BY row.place`,
    [
      device.id,
      upload.id,
      rows.map(({ architecture }) => architecture),
      rows.map(({ latencyMs }) => latencyMs),
      rows.map(({ candidate }) => candidate ?? null),
    ],
  );
  return answer;
}

/**
 * Takes an upload back, with all its measurements; its key is free again. Candidates that it measured stay measured,
 * and versions that have learned from it stay as they are.
 *
 * @returns how many measurements are gone; undefined without such an upload
 */
export async function withdrawUpload(sql: Sql, device: string, key: string): Promise<number | undefined> {
  const [upload] = await sql.query<{ id: string }>(
    'SELECT id::text FROM upload WHERE device = $1 AND key = $2 FOR UPDATE',
    [device, key],
  );
  if (!upload) return undefined;
  const gone = await sql.query(
    'DELETE FROM measurement WHERE device = $1 AND upload = $2::bigint RETURNING id',
    [device, upload.id],
  );
  await sql.query('DELETE FROM upload WHERE id = $1::bigint', [upload.id]);
  return gone.length;
}

export interface Page {
  /** Only measurements with a larger id. */
  readonly after: number;
  readonly limit: number;
  /** The last ones instead of the first. */
  readonly latest?: boolean;
}

/** A device's measurements in the order in which they were uploaded, or from the latest backwards. */
export async function listMeasurements(sql: Sql, device: string, page: Page): Promise<Measurement[]> {
  return sql.query<Measurement>(
    `SELECT m.id::float8 AS id, m.architecture, m.latency_ms AS "latencyMs", m.candidate, u.key,
       u.created_at AS "uploadedAt"
     FROM measurement m JOIN upload u ON u.id = m.upload
     WHERE m.device = $1 AND m.id > $2 ORDER BY m.id ${page.latest ? 'DESC' : 'ASC'} LIMIT $3`,
    [device, page.after, page.limit],
  );
}

/** How many measurements a device has, with an id larger than `after`. */
export async function countMeasurements(sql: Sql, device: string, after = 0): Promise<number> {
  const [{ count }] = await sql.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM measurement WHERE device = $1 AND id > $2',
    [device, after],
  );
  return count;
}

/** The id of a device's latest measurement, 0 without any. */
export async function lastMeasurement(sql: Sql, device: string): Promise<number> {
  const [{ last }] = await sql.query<{ last: number }>(
    'SELECT coalesce(max(id), 0)::float8 AS last FROM measurement WHERE device = $1',
    [device],
  );
  return last;
}

/** One latency per architecture, the median where it was measured several times. */
const MEDIANS = `SELECT architecture, percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS "latencyMs"
  FROM measurement`;

/** The median latencies of a device's networks, of measurements up to an id. */
export async function medianLatencies(
  sql: Sql,
  device: string,
  last: number,
): Promise<{ architecture: string; latencyMs: number }[]> {
  return sql.query(`${MEDIANS} WHERE device = $1 AND id <= $2 GROUP BY architecture ORDER BY min(id)`, [
    device,
    last,
  ]);
}

/** Some of a device's networks, always the same, with their median latencies. */
export async function someLatencies(
  sql: Sql,
  device: string,
  most: number,
): Promise<{ architecture: string; latencyMs: number }[]> {
  return sql.query(`${MEDIANS} WHERE device = $1 GROUP BY architecture ORDER BY md5(architecture) LIMIT $2`, [
    device,
    most,
  ]);
}

async function settleCandidates(
  sql: Sql,
  device: string,
  rows: readonly NewMeasurement[],
  placeOf: (row: number, field: string) => string,
): Promise<void> {
  const ids = rows.flatMap(({ candidate }) => candidate ?? []);
  if (ids.length === 0) return;
  const known = await findCandidates(sql, device, ids);
  const details: ErrorDetail[] = [];
  rows.forEach(({ candidate, architecture }, row) => {
    if (candidate === undefined) return;
    const asked = known.get(candidate);
    if (asked === architecture) return;
    const message =
      asked === undefined
        ? `${device} has no candidate ${candidate}`
        : `candidate ${candidate} is ${asked}, not ${architecture}`;
    details.push({ field: placeOf(row, 'candidate'), message });
  });
  refuseIfAny('invalid_measurements', details);
  await markMeasured(sql, ids);
}

function contentHash(device: DeviceRow, rows: readonly NewMeasurement[]): string {
  const hash = createHash('sha256').update(`${device.space}\n${device.deadOperations}\n`);
  for (const { architecture, latencyMs, candidate = '' } of rows) {
    hash.update(`${architecture}\t${latencyMs}\t${candidate}\n`);
  }
  return hash.digest('hex');
}
