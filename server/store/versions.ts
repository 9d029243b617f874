import { quote } from '../../src/base/errors.js';
import { LATENCY } from '../../src/metrics/metric.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import type { Sql } from './database.js';
import { Refusal } from './refusal.js';

/** Scores of a version on the held-out measurements, and of the version that served when it was trained. */
export interface HeldOutComparison {
  /** Held-out connected networks with a measurement. */
  readonly samples: number;
  /** Mean of |ln(measured / predicted)|; null with fewer than two. */
  readonly error: number | null;
  /** The version that served then, on the same measurements; null if none did. */
  readonly incumbent: { readonly version: string; readonly error: number | null } | null;
}

/** A trained predictor of a metric of a device. Its files are in the store too, under their digest. */
export interface ModelVersion {
  readonly version: string;
  readonly digest: string;
  readonly job: string | null;
  /** Measurements up to this id were known when it was trained. */
  readonly lastMeasurement: number;
  readonly card: ModelCard;
  readonly heldOut: HeldOutComparison;
  readonly createdAt: Date;
}

const COLUMNS = `v.version, v.digest, v.job, v.last_measurement::float8 AS "lastMeasurement", v.card,
  v.held_out AS "heldOut", v.created_at AS "createdAt"`;

/** A predictor's versions are those of one metric of a device. */
export interface DeviceMetric {
  readonly device: string;
  /** As `metricKey` names it. */
  readonly metric: string;
}

/** Keeps a version; adding the same model again has no effect. */
export async function addVersion(
  sql: Sql,
  { device, metric }: DeviceMetric,
  { version, digest, job, lastMeasurement, card, heldOut }: Omit<ModelVersion, 'createdAt'>,
): Promise<void> {
  await sql.query(
    `INSERT INTO model_version (device, metric, version, digest, job, last_measurement, card, held_out)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb) ON CONFLICT (device, metric, version) DO NOTHING`,
    [device, metric, version, digest, job, lastMeasurement, JSON.stringify(card), JSON.stringify(heldOut)],
  );
}

/** A predictor's versions, the latest first. */
export async function listVersions(sql: Sql, { device, metric }: DeviceMetric): Promise<ModelVersion[]> {
  return sql.query<ModelVersion>(
    `SELECT ${COLUMNS} FROM model_version v WHERE v.device = $1 AND v.metric = $2 ORDER BY v.number DESC`,
    [device, metric],
  );
}

/** The promoted version; undefined if the shipped predictor serves, or none. */
export async function servedVersion(
  sql: Sql,
  { device, metric }: DeviceMetric,
): Promise<ModelVersion | undefined> {
  const [served] = await sql.query<ModelVersion>(
    `SELECT ${COLUMNS} FROM served s JOIN promotion p ON p.id = s.promotion
       JOIN model_version v ON v.device = s.device AND v.metric = s.metric AND v.version = p.version
     WHERE s.device = $1 AND s.metric = $2`,
    [device, metric],
  );
  return served;
}

/**
 * The version that served before the last promotion: null for the shipped predictor, or none; undefined if nothing is
 * promoted.
 */
export async function versionBefore(
  sql: Sql,
  { device, metric }: DeviceMetric,
): Promise<string | null | undefined> {
  const [before] = await sql.query<{ version: string | null }>(
    `SELECT q.version FROM served s JOIN promotion p ON p.id = s.promotion LEFT JOIN promotion q ON q.id = p.previous
     WHERE s.device = $1 AND s.metric = $2`,
    [device, metric],
  );
  return before?.version;
}

/** The promoted versions of all predictors, by the digests of their files. */
export async function promotedDigests(sql: Sql): Promise<(DeviceMetric & { readonly digest: string })[]> {
  return sql.query(
    `SELECT s.device, s.metric, v.digest FROM served s JOIN promotion p ON p.id = s.promotion
       JOIN model_version v ON v.device = s.device AND v.metric = s.metric AND v.version = p.version
     ORDER BY s.device, s.metric`,
  );
}

/**
 * Promotes a version; has no effect if it already serves. A rollback returns to the version that served before.
 *
 * @throws Refusal `unknown` if the predictor has no such version
 */
export async function promote(sql: Sql, predictor: DeviceMetric, version: string): Promise<void> {
  const { device, metric } = predictor;
  await lockDevice(sql, device);
  const [known] = await sql.query(
    'SELECT version FROM model_version WHERE device = $1 AND metric = $2 AND version = $3',
    [device, metric, version],
  );
  if (!known) {
    const of = metric === LATENCY.name ? '' : `?metric=${encodeURIComponent(metric)}`;
    const message = `${device} has no version ${quote(version)}; see /v1/devices/${device}/versions${of}`;
    throw new Refusal('unknown', 'unknown_version', message, [{ field: 'version', message }]);
  }
  await sql.query(
    `WITH made AS (
       INSERT INTO promotion (device, metric, version, previous)
       SELECT d.id, $2, $3, s.promotion FROM device d
         LEFT JOIN served s ON s.device = d.id AND s.metric = $2 LEFT JOIN promotion p ON p.id = s.promotion
       WHERE d.id = $1 AND p.version IS DISTINCT FROM $3 RETURNING id
     ) INSERT INTO served (device, metric, promotion) SELECT $1, $2, made.id FROM made
       ON CONFLICT (device, metric) DO UPDATE SET promotion = EXCLUDED.promotion`,
    [device, metric, version],
  );
}

/**
 * Undoes the last promotion: the previous version serves again.
 *
 * @param shipped whether there is a shipped predictor, which serves before the first promotion
 * @throws Refusal `conflict` if nothing has been promoted, or nothing would serve
 */
export async function rollBackVersion(sql: Sql, predictor: DeviceMetric, shipped: boolean): Promise<void> {
  const { device, metric } = predictor;
  await lockDevice(sql, device);
  const before = await versionBefore(sql, predictor);
  if (before === undefined) {
    throw new Refusal('conflict', 'nothing_promoted', `${device} has no promoted version to roll back from`);
  }
  if (before === null && !shipped) {
    const message = `nothing served ${device} before the current version; promote another one instead`;
    throw new Refusal('conflict', 'nothing_before', message);
  }
  await sql.query(
    `UPDATE served SET promotion = p.previous FROM promotion p
     WHERE served.device = $1 AND served.metric = $2 AND p.id = served.promotion`,
    [device, metric],
  );
}

/** The current promotion as a token, which changes with every promotion and rollback. */
export async function promotionOf(sql: Sql, { device, metric }: DeviceMetric): Promise<number | null> {
  const [row] = await sql.query<{ promotion: number | null }>(
    'SELECT promotion::float8 AS promotion FROM served WHERE device = $1 AND metric = $2',
    [device, metric],
  );
  return row?.promotion ?? null;
}

async function lockDevice(sql: Sql, device: string): Promise<void> {
  await sql.query('SELECT id FROM device WHERE id = $1 FOR NO KEY UPDATE', [device]);
}
