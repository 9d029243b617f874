import type { Drift } from '../../api/measurements.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { Sql } from '../store/database.js';
import { listMeasurements } from '../store/measurements.js';
import { type DeviceMetric, servedVersion } from '../store/versions.js';
import { driftOf } from './drift.js';

/** Unlearned measurements that are compared with the model, the latest. */
export const MOST_COMPARED = 2000;

/** The id of the last measurement that the served model was trained with; 0 where it was trained with others than the store's. */
export async function learnedUpTo(sql: Sql, predictor: DeviceMetric, models: ModelFolder): Promise<number> {
  const promoted = await servedVersion(sql, predictor);
  const serves = promoted?.version === models.get(predictor.device, predictor.metric)?.card.version;
  return serves ? (promoted?.lastMeasurement ?? 0) : 0;
}

/** How the latest measurements after one, `after`, disagree with the served model. */
export async function unlearnedDrift(
  sql: Sql,
  predictor: DeviceMetric,
  models: ModelFolder,
  after: number,
): Promise<Drift | null> {
  const rows = await listMeasurements(sql, predictor, { after, limit: MOST_COMPARED, latest: true });
  return driftOf(models.get(predictor.device, predictor.metric), rows);
}
