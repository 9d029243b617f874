import { quote } from '../../src/base/errors.js';
import { type ModelCard, targetOf } from '../../src/predictors/saved/card.js';
import { knownSpaces } from '../../src/spaces/registry.js';
import type { DeadOperations, SearchSpace } from '../../src/spaces/space.js';
import type { Sql } from './database.js';
import { malformedField, Refusal } from './refusal.js';

/** A measured device. */
export interface DeviceRow {
  readonly id: string;
  readonly space: string;
  readonly deadOperations: DeadOperations;
  readonly description: string;
  /** Images per run; null if unknown. */
  readonly batchSize: number | null;
  readonly precision: string | null;
}

const COLUMNS = `id, space, dead_operations AS "deadOperations", description, batch_size AS "batchSize", precision`;

/** What a request says about a device; anything left out keeps its value, or gets the default. */
export type DeviceStatement = Partial<Omit<DeviceRow, 'id'>>;

async function findDevice(sql: Sql, id: string): Promise<DeviceRow | undefined> {
  const [device] = await sql.query<DeviceRow>(`SELECT ${COLUMNS} FROM device WHERE id = $1`, [id]);
  return device;
}

/** A device, its number of measurements by metric, and the time of its last upload. */
export interface MeasuredDeviceRow extends DeviceRow {
  /** Counts by metric, see `metricKey`. */
  readonly measurements: Readonly<Record<string, number>>;
  readonly lastUploadAt: Date | null;
}

/** All devices. */
export async function measuredDevices(sql: Sql): Promise<MeasuredDeviceRow[]> {
  return sql.query(
    `SELECT ${COLUMNS}, coalesce(c.measurements, '{}') AS measurements,
       (SELECT max(u.created_at) FROM upload u WHERE u.device = d.id) AS "lastUploadAt"
     FROM device d LEFT JOIN (SELECT device, jsonb_object_agg(metric, count) AS measurements
       FROM measured WHERE count > 0 GROUP BY device) c ON c.device = d.id
     ORDER BY id`,
    [],
  );
}

/** @throws Refusal `unknown` if nothing has been measured on a device with this name */
export async function measuredDevice(sql: Sql, id: string): Promise<DeviceRow> {
  const device = await findDevice(sql, id);
  if (device) return device;
  const message = `nothing has been measured on a device ${quote(id)}; POST /v1/devices/${id}/measurements first`;
  throw new Refusal('unknown', 'unknown_device', message, [{ field: id, message }]);
}

/**
 * A device as in the store, otherwise as its served predictor says, otherwise as the request says.
 *
 * @param card card of the predictor that serves it
 * @throws Refusal `malformed` if the request must name the space, `conflict` if it contradicts what is known
 */
export async function resolveDevice(
  sql: Sql,
  id: string,
  claims: DeviceStatement,
  card: ModelCard | undefined,
): Promise<DeviceRow> {
  const known = (await findDevice(sql, id)) ?? (card && fromCard(card));
  if (!known) {
    const { space, deadOperations = 'timed', description = id, batchSize = null, precision = null } = claims;
    if (space === undefined) {
      const names = knownSpaces()
        .map(({ name }) => name)
        .join(', ');
      throw malformedField(
        'space',
        `device ${quote(id)} is new: name the space of its architectures (${names})`,
      );
    }
    namedSpace(space);
    return { id, space, deadOperations, description, batchSize, precision };
  }
  for (const field of ['space', 'deadOperations', 'batchSize', 'precision'] as const) {
    if (claims[field] === undefined || claims[field] === known[field]) continue;
    const message = `device ${quote(id)} has ${field} ${quote(known[field])}, not ${quote(claims[field])}; use another name for another setting`;
    throw new Refusal('conflict', 'other_device', message, [{ field, message }]);
  }
  return known;
}

/** Creates the device if needed, and locks it until the transaction ends. */
export async function keepDevice(sql: Sql, device: DeviceRow): Promise<void> {
  const { id, space, deadOperations, description, batchSize, precision } = device;
  await sql.query(
    `INSERT INTO device (id, space, dead_operations, description, batch_size, precision)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
    [id, space, deadOperations, description, batchSize, precision],
  );
  const [kept] = await sql.query<DeviceRow>(`SELECT ${COLUMNS} FROM device WHERE id = $1 FOR NO KEY UPDATE`, [
    id,
  ]);
  if (kept.space !== space || kept.deadOperations !== deadOperations) {
    const message = `device ${quote(id)} was created for space ${kept.space} (${kept.deadOperations}) meanwhile`;
    throw new Refusal('conflict', 'other_device', message);
  }
}

/** @throws Refusal `malformed` listing the spaces known */
export function namedSpace(name: string): SearchSpace {
  const all = knownSpaces();
  const space = all.find((s) => s.name === name);
  if (space) return space;
  const known = all.map((s) => s.name).join(', ');
  throw malformedField('space', `there is no search space ${quote(name)}; spaces: ${known}`);
}

function fromCard(card: ModelCard): DeviceRow {
  const { device, space, deadOperations, description } = card;
  const { batchSize, precision } = targetOf(card);
  return { id: device, space, deadOperations, description, batchSize, precision };
}
