import type { Drift } from '../../api/measurements.js';
import type { ModelFolder } from '../models/model-folder.js';
import type { Sql } from '../store/database.js';
import { listMeasurements } from '../store/measurements.js';
import { type DeviceMetric, servedVersion } from '../store/versions.js';
import { driftOf } from './drift.js';

/** Most unlearned measurements compared with the model; the latest ones. */
export const MOST_COMPARED = 2000;

/** The id of the last measurement the served model was trained on; 0 if it was not trained on the store's. */
export async function learnedUpTo(sql: Sql, predictor: DeviceMetric, models: ModelFolder): Promise<number> {
  const promoted = await servedVersion(sql, predictor);
  const serves = promoted?.version === models.get(predictor.device, predictor.metric)?.card.version;
  return serves ? (promoted?.lastMeasurement ?? 0) : 0;
}

/** How the latest measurements, of those after `after`, disagree with the served model. */
export async function unlearnedDrift(
  sql: Sql,
  predictor: DeviceMetric,
  models: ModelFolder,
  after: number,
): Promise<Drift | null> {
  const rows = await listMeasurements(sql, predictor, { after, limit: MOST_COMPARED, latest: true });
  return driftOf(models.get(predictor.device, predictor.metric), rows);
}
