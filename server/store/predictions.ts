import type { Sql } from './database.js';
import type { DeviceMetric } from './versions.js';

/** A prediction to follow, with its architecture in canonical form. */
export interface ServedPrediction extends DeviceMetric {
  readonly id: string;
  readonly version: string;
  readonly architecture: string;
  /** In the metric's unit, as all values. */
  readonly value: number;
  /** Ends of its interval. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Such a prediction, and its later measurement. */
export interface FollowedPrediction extends ServedPrediction {
  readonly servedAt: Date;
  readonly measured: number | null;
  readonly measuredAt: Date | null;
}

/** Predictions without a measurement are deleted after this many days. */
export const KEPT_DAYS = 90;
/** Most old predictions deleted at a time. */
const FORGOTTEN = 10_000;

const COLUMNS = `id, device, metric, version, architecture, value, low, high, served_at AS "servedAt", measured,
  measured_at AS "measuredAt"`;

/** Keeps predictions, and deletes old ones without a measurement. */
export async function keepPredictions(sql: Sql, predictions: readonly ServedPrediction[]): Promise<void> {
  const column = (of: (prediction: ServedPrediction) => unknown) => predictions.map(of);
  await sql.query(
    `INSERT INTO prediction (id, device, metric, version, architecture, value, low, high)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], $8::float8[])`,
    [
      column(({ id }) => id),
      column(({ device }) => device),
      column(({ metric }) => metric),
      column(({ version }) => version),
      column(({ architecture }) => architecture),
      column(({ value }) => value),
      column(({ low }) => low),
      column(({ high }) => high),
    ],
  );
  await sql.query(
    `DELETE FROM prediction WHERE id IN (
       SELECT id FROM prediction WHERE measurement IS NULL AND served_at < now() - make_interval(days => $1) LIMIT $2)`,
    [KEPT_DAYS, FORGOTTEN],
  );
}

/** Assigns an upload's measurements to the predictions of the same networks that have none yet. */
export async function meetPredictions(sql: Sql, device: string, upload: string): Promise<void> {
  await sql.query(
    `UPDATE prediction p SET measurement = m.id, measured = m.value, measured_at = now()
     FROM (
       SELECT metric, architecture, min(id) AS id, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
       FROM measurement WHERE device = $1 AND upload = $2::bigint GROUP BY metric, architecture
     ) m
     WHERE p.device = $1 AND p.metric = m.metric AND p.architecture = m.architecture AND p.measurement IS NULL`,
    [device, upload],
  );
}

/** Detaches predictions from the measurements of an upload that is withdrawn. */
export async function partPredictions(sql: Sql, device: string, upload: string): Promise<void> {
  await sql.query(
    `UPDATE prediction SET measurement = NULL, measured = NULL, measured_at = NULL
     WHERE measurement IN (SELECT id FROM measurement WHERE device = $1 AND upload = $2::bigint)`,
    [device, upload],
  );
}

export async function findPrediction(sql: Sql, id: string): Promise<FollowedPrediction | undefined> {
  const [found] = await sql.query<FollowedPrediction>(`SELECT ${COLUMNS} FROM prediction WHERE id = $1`, [
    id,
  ]);
  return found;
}

/** How served predictions agree with later measurements; each network and measurement counts once. */
export interface ProductionError {
  readonly version: string;
  readonly compared: number;
  /** Median of |predicted - measured| / measured. */
  readonly medianError: number;
  /** Median of measured / predicted. */
  readonly medianRatio: number;
  /** Share within ±10 % of the measurement. */
  readonly within10: number;
  /** Share of measurements inside the served interval; null if none was served. */
  readonly coverage: number | null;
}

const MET = `(SELECT DISTINCT ON (version, measurement) version, value, low, high, measured, measured_at
  FROM prediction WHERE device = $1 AND metric = $2 AND measurement IS NOT NULL) met`;
const SCORES = `count(*)::int AS compared,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(value - measured) / measured) AS "medianError",
  percentile_cont(0.5) WITHIN GROUP (ORDER BY measured / value) AS "medianRatio",
  avg(CASE WHEN abs(value - measured) <= 0.1 * measured THEN 1 ELSE 0 END)::float8 AS within10,
  avg(CASE WHEN low IS NULL THEN NULL WHEN measured BETWEEN low AND high THEN 1 ELSE 0 END)::float8 AS coverage`;

/** Errors by version, the one with the latest measurement first. */
export async function errorByVersion(sql: Sql, { device, metric }: DeviceMetric): Promise<ProductionError[]> {
  return sql.query(`SELECT version, ${SCORES} FROM ${MET} GROUP BY version ORDER BY max(measured_at) DESC`, [
    device,
    metric,
  ]);
}

/** Errors by day (UTC) and version, over the latest `days`. */
export async function errorByDay(
  sql: Sql,
  { device, metric }: DeviceMetric,
  days: number,
): Promise<(ProductionError & { readonly day: string })[]> {
  return sql.query(
    `SELECT to_char(measured_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, version, ${SCORES} FROM ${MET}
     WHERE measured_at > now() - make_interval(days => $3) GROUP BY 1, version ORDER BY 1, version`,
    [device, metric, days],
  );
}

/** The latest predictions with a measurement. */
export async function metPredictions(
  sql: Sql,
  { device, metric }: DeviceMetric,
  limit: number,
): Promise<FollowedPrediction[]> {
  return sql.query(
    `SELECT ${COLUMNS} FROM prediction WHERE device = $1 AND metric = $2 AND measurement IS NOT NULL
     ORDER BY measured_at DESC, id LIMIT $3`,
    [device, metric, limit],
  );
}
