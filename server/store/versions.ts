import { quote } from '../../src/base/errors.js';
import type { ModelCard } from '../../src/predictors/saved/card.js';
import type { Sql } from './database.js';
import { Refusal } from './refusal.js';

/** How a version did on the held-out measurements, beside the one that served when it was trained. */
export interface HeldOut {
  /** Connected networks with a measurement, never trained with by any version. */
  readonly samples: number;
  /** Mean of |ln(measured / predicted)|; null with fewer than two. */
  readonly error: number | null;
  /** The version that served then, on the same measurements; null if none did. */
  readonly incumbent: { readonly version: string; readonly error: number | null } | null;
}

/** A trained predictor of a device. Its files are in the store too, under their digest. */
export interface ModelVersion {
  readonly version: string;
  readonly digest: string;
  readonly job: string | null;
  /** Measurements up to this id were known when it was trained. */
  readonly lastMeasurement: number;
  readonly card: ModelCard;
  readonly heldOut: HeldOut;
  readonly createdAt: Date;
}

const COLUMNS = `v.version, v.digest, v.job, v.last_measurement::float8 AS "lastMeasurement", v.card,
  v.held_out AS "heldOut", v.created_at AS "createdAt"`;

/** Keeps a version; the same model trained again changes nothing. */
export async function addVersion(
  sql: Sql,
  device: string,
  { version, digest, job, lastMeasurement, card, heldOut }: Omit<ModelVersion, 'createdAt'>,
): Promise<void> {
  await sql.query(
    `INSERT INTO model_version (device, version, digest, job, last_measurement, card, held_out)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb) ON CONFLICT (device, version) DO NOTHING`,
    [device, version, digest, job, lastMeasurement, JSON.stringify(card), JSON.stringify(heldOut)],
  );
}

/** A device's versions, the latest first. */
export async function listVersions(sql: Sql, device: string): Promise<ModelVersion[]> {
  return sql.query<ModelVersion>(
    `SELECT ${COLUMNS} FROM model_version v WHERE v.device = $1 ORDER BY v.number DESC`,
    [device],
  );
}

/** The version that is promoted; undefined where the shipped predictor serves, or none. */
export async function servedVersion(sql: Sql, device: string): Promise<ModelVersion | undefined> {
  const [served] = await sql.query<ModelVersion>(
    `SELECT ${COLUMNS} FROM device d JOIN promotion p ON p.id = d.promotion
       JOIN model_version v ON v.device = d.id AND v.version = p.version
     WHERE d.id = $1`,
    [device],
  );
  return served;
}

/**
 * The version that served before the last promotion: null for the shipped predictor, or none; undefined where nothing
 * is promoted.
 */
export async function versionBefore(sql: Sql, device: string): Promise<string | null | undefined> {
  const [before] = await sql.query<{ version: string | null }>(
    `SELECT q.version FROM device d JOIN promotion p ON p.id = d.promotion LEFT JOIN promotion q ON q.id = p.previous
     WHERE d.id = $1`,
    [device],
  );
  return before?.version;
}

/** The digest of each device's promoted version. */
export async function promotedDigests(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql.query<{ device: string; digest: string }>(
    `SELECT d.id AS device, v.digest FROM device d JOIN promotion p ON p.id = d.promotion
       JOIN model_version v ON v.device = d.id AND v.version = p.version`,
  );
  return new Map(rows.map(({ device, digest }) => [device, digest]));
}

/**
 * Makes a version the one that serves; one that does already stays, and a rollback leads to what served before it.
 *
 * @throws Refusal `unknown` if the device has no such version
 */
export async function promote(sql: Sql, device: string, version: string): Promise<void> {
  await lockDevice(sql, device);
  const [known] = await sql.query('SELECT version FROM model_version WHERE device = $1 AND version = $2', [
    device,
    version,
  ]);
  if (!known) {
    const message = `${device} has no version ${quote(version)}; see /v1/devices/${device}/versions`;
    throw new Refusal('unknown', 'unknown_version', message, [{ field: 'version', message }]);
  }
  await sql.query(
    `WITH made AS (
       INSERT INTO promotion (device, version, previous)
       SELECT d.id, $2, d.promotion FROM device d LEFT JOIN promotion p ON p.id = d.promotion
       WHERE d.id = $1 AND p.version IS DISTINCT FROM $2 RETURNING id
     ) UPDATE device SET promotion = made.id FROM made WHERE device.id = $1`,
    [device, version],
  );
}

/**
 * Takes the last promotion back: what served before it serves again.
 *
 * @param shipped whether there is a shipped predictor, which serves before the first promotion
 * @throws Refusal `conflict` if nothing has been promoted, or nothing would serve
 */
export async function rollBack(sql: Sql, device: string, shipped: boolean): Promise<void> {
  await lockDevice(sql, device);
  const before = await versionBefore(sql, device);
  if (before === undefined) {
    throw new Refusal('conflict', 'nothing_promoted', `${device} has no promoted version to roll back from`);
  }
  if (before === null && !shipped) {
    const message = `nothing served ${device} before the version that serves now; promote another one instead`;
    throw new Refusal('conflict', 'nothing_before', message);
  }
  await sql.query(
    'UPDATE device SET promotion = p.previous FROM promotion p WHERE device.id = $1 AND p.id = device.promotion',
    [device],
  );
}

/** The promotion that counts now, as a token: it differs after every promotion and rollback. */
export async function promotionOf(sql: Sql, device: string): Promise<number | null> {
  const [row] = await sql.query<{ promotion: number | null }>(
    'SELECT promotion::float8 AS promotion FROM device WHERE id = $1',
    [device],
  );
  return row?.promotion ?? null;
}

async function lockDevice(sql: Sql, device: string): Promise<void> {
  await sql.query('SELECT id FROM device WHERE id = $1 FOR NO KEY UPDATE', [device]);
}
