import type { Sql } from './database.js';
import type { DeviceMetric } from './versions.js';

/** When a predictor is retrained automatically. */
export interface RetrainingRule {
  /** Least median error of the serving version in production. */
  readonly medianError: number;
  /** Least number of networks compared, and of measurements new to every version. */
  readonly least: number;
}

export async function retrainingRule(
  sql: Sql,
  { device, metric }: DeviceMetric,
): Promise<RetrainingRule | undefined> {
  const [rule] = await sql.query<RetrainingRule>(
    'SELECT median_error AS "medianError", least FROM retraining WHERE device = $1 AND metric = $2',
    [device, metric],
  );
  return rule;
}

export async function setRetrainingRule(
  sql: Sql,
  { device, metric }: DeviceMetric,
  { medianError, least }: RetrainingRule,
): Promise<void> {
  await sql.query(
    `INSERT INTO retraining (device, metric, median_error, least) VALUES ($1, $2, $3, $4)
     ON CONFLICT (device, metric) DO UPDATE SET median_error = EXCLUDED.median_error, least = EXCLUDED.least`,
    [device, metric, medianError, least],
  );
}

export async function dropRetrainingRule(sql: Sql, { device, metric }: DeviceMetric): Promise<void> {
  await sql.query('DELETE FROM retraining WHERE device = $1 AND metric = $2', [device, metric]);
}

/** Number of measurements that no version of a predictor, trained or in training, has seen. */
export async function unseenMeasurements(sql: Sql, { device, metric }: DeviceMetric): Promise<number> {
  const [{ count }] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM measurement m WHERE m.device = $1 AND m.metric = $2 AND m.id > greatest(
       (SELECT coalesce(max(last_measurement), 0) FROM model_version WHERE device = $1 AND metric = $2),
       (SELECT coalesce(max((memo->>'lastMeasurement')::bigint), 0) FROM job
        WHERE kind = 'train' AND device = $1 AND coalesce(request->>'metric', 'latency') = $2))`,
    [device, metric],
  );
  return count;
}

/** Whether a training of a predictor is waiting or running. */
export async function isTraining(sql: Sql, { device, metric }: DeviceMetric): Promise<boolean> {
  const rows = await sql.query(
    `SELECT id FROM job WHERE kind = 'train' AND device = $1 AND state IN ('queued', 'running')
       AND coalesce(request->>'metric', 'latency') = $2 LIMIT 1`,
    [device, metric],
  );
  return rows.length > 0;
}
