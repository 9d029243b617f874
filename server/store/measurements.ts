import { createHash } from 'node:crypto';
import { quote } from '../../src/base/errors.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { findCandidates, markMeasured } from './candidates.js';
import type { Sql } from './database.js';
import { type DeviceRow, keepDevice } from './devices.js';
import { meetPredictions, partPredictions } from './predictions.js';
import { type ErrorDetail, Refusal, refuseIfAny } from './refusal.js';
import type { DeviceMetric } from './versions.js';

/** A measurement to keep, with its architecture in canonical form. */
export interface NewMeasurement {
  readonly architecture: string;
  /** Key of the metric, see `metricKey`. */
  readonly metric: string;
  /** In the metric's unit. */
  readonly value: number;
  /** The candidate that was measured, if any. */
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
 * @param answer kept with the upload, and given again when it is repeated
 * @param placeOf names a row's field in errors
 * @returns the answer to the first upload under this key
 * @throws Refusal `conflict` if the key was used for other measurements, `malformed` if a candidate is not the architecture
 *   measured
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
    `INSERT INTO measurement (device, upload, architecture, metric, value, candidate)
     SELECT $1, $2::bigint, row.architecture, row.metric, row.value, row.candidate
     FROM unnest($3::text[], $4::text[], $5::float8[], $6::uuid[])
       WITH ORDINALITY AS row (architecture, metric, value, candidate, place)
     ORDER BY row.place`,
    [
      device.id,
      upload.id,
      rows.map(({ architecture }) => architecture),
      rows.map(({ metric }) => metric),
      rows.map(({ value }) => value),
      rows.map(({ candidate }) => candidate ?? null),
    ],
  );
  await sql.query(
    `INSERT INTO measured AS known (device, metric, count)
     SELECT $1, metric, count(*) FROM unnest($2::text[]) AS row (metric) GROUP BY metric ORDER BY metric
     ON CONFLICT (device, metric) DO UPDATE SET count = known.count + EXCLUDED.count`,
    [device.id, rows.map(({ metric }) => metric)],
  );
  await meetPredictions(sql, device.id, upload.id);
  return answer;
}

/**
 * Withdraws an upload with all its measurements; its key can be used again. Candidates it measured stay measured, and
 * versions trained on it stay unchanged.
 *
 * @returns the number of measurements removed; undefined without such an upload
 */
export async function withdrawUpload(sql: Sql, device: string, key: string): Promise<number | undefined> {
  const [upload] = await sql.query<{ id: string }>(
    'SELECT id::text FROM upload WHERE device = $1 AND key = $2 FOR UPDATE',
    [device, key],
  );
  if (!upload) return undefined;
  await partPredictions(sql, device, upload.id);
  const gone = await sql.query<{ metric: string }>(
    'DELETE FROM measurement WHERE device = $1 AND upload = $2::bigint RETURNING metric',
    [device, upload.id],
  );
  await sql.query(
    `UPDATE measured SET count = measured.count - gone.count
     FROM (SELECT metric, count(*) FROM unnest($2::text[]) AS row (metric) GROUP BY metric) gone
     WHERE measured.device = $1 AND measured.metric = gone.metric`,
    [device, gone.map(({ metric }) => metric)],
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

/** Measurements of one metric in the order in which they were uploaded, or from the latest backwards. */
export async function listMeasurements(
  sql: Sql,
  { device, metric }: DeviceMetric,
  page: Page,
): Promise<Measurement[]> {
  const order = page.latest ? 'DESC' : 'ASC';
  // Uploads are joined after the page is selected: otherwise PostgreSQL underestimates the rows of a device by far.
  return sql.query<Measurement>(
    `SELECT m.id::float8 AS id, m.architecture, m.metric, m.value, m.candidate, u.key, u.created_at AS "uploadedAt"
     FROM (SELECT * FROM measurement WHERE device = $1 AND metric = $2 AND id > $3 ORDER BY id ${order} LIMIT $4) m
       JOIN upload u ON u.id = m.upload AND u.device = $1
     ORDER BY m.id ${order}`,
    [device, metric, page.after, page.limit],
  );
}

/** The number of measurements of a metric with an id larger than `after`. */
export async function countMeasurements(
  sql: Sql,
  { device, metric }: DeviceMetric,
  after = 0,
): Promise<number> {
  if (after === 0) {
    const [all] = await sql.query<{ count: number }>(
      'SELECT count FROM measured WHERE device = $1 AND metric = $2',
      [device, metric],
    );
    return all?.count ?? 0;
  }
  const [{ count }] = await sql.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM measurement WHERE device = $1 AND metric = $2 AND id > $3',
    [device, metric, after],
  );
  return count;
}

/** The id of the latest measurement of a metric, 0 without any. */
export async function lastMeasurement(sql: Sql, { device, metric }: DeviceMetric): Promise<number> {
  const [{ last }] = await sql.query<{ last: number }>(
    'SELECT coalesce(max(id), 0)::float8 AS last FROM measurement WHERE device = $1 AND metric = $2',
    [device, metric],
  );
  return last;
}

/** The ids of the latest measurements of many predictors, in their order; null without any. */
export async function lastMeasurements(
  sql: Sql,
  predictors: readonly DeviceMetric[],
): Promise<(number | null)[]> {
  const rows = await sql.query<{ last: number | null }>(
    `SELECT (SELECT max(id) FROM measurement m WHERE m.device = p.device AND m.metric = p.metric)::float8 AS last
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS p (device, metric, place) ORDER BY place`,
    [predictors.map(({ device }) => device), predictors.map(({ metric }) => metric)],
  );
  return rows.map(({ last }) => last);
}

/** A network and its value, the median if it was measured several times. */
export interface MeasuredArchitecture {
  readonly architecture: string;
  /** In the metric's unit. */
  readonly value: number;
}

const MEDIANS = `SELECT architecture, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value FROM measurement
  WHERE device = $1 AND metric = $2`;

/** The medians of a metric of a device's networks, over measurements up to an id. */
export async function medianValues(
  sql: Sql,
  { device, metric }: DeviceMetric,
  last: number,
): Promise<MeasuredArchitecture[]> {
  return sql.query(`${MEDIANS} AND id <= $3 GROUP BY architecture ORDER BY min(id)`, [device, metric, last]);
}

/** A fixed sample of a device's networks, with their medians of a metric. */
export async function someValues(
  sql: Sql,
  { device, metric }: DeviceMetric,
  most: number,
): Promise<MeasuredArchitecture[]> {
  return sql.query(`${MEDIANS} GROUP BY architecture ORDER BY md5(architecture) LIMIT $3`, [
    device,
    metric,
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
  for (const { architecture, metric, value, candidate = '' } of rows) {
    // Latencies are hashed as before there were other metrics, so that uploads in old stores keep their hashes.
    const of = metric === LATENCY.name ? '' : `\t${metric}`;
    hash.update(`${architecture}\t${value}\t${candidate}${of}\n`);
  }
  return hash.digest('hex');
}
