import { LATENCY } from '../../src/metrics/metric.js';
import { errorByVersion } from '../store/predictions.js';
import { isTraining, retrainingRule, unseenMeasurements } from '../store/retraining.js';
import type { OpenStore } from '../store/store.js';
import { type DeviceMetric, servedVersion } from '../store/versions.js';

/**
 * Queues a training if a predictor's rule asks for it: the serving version's error in production is too large, enough
 * measurements were compared, and enough are new to every training.
 *
 * @param serving the version that currently serves, whether trained here or not
 */
export async function retrainIfDue(
  { database, queue }: OpenStore,
  predictor: DeviceMetric,
  serving: string | undefined,
): Promise<void> {
  const rule = await retrainingRule(database, predictor);
  if (!rule) return;
  const version = (await servedVersion(database, predictor))?.version ?? serving;
  const error = (await errorByVersion(database, predictor)).find((each) => each.version === version);
  if (!error || error.compared < rule.least || error.medianError <= rule.medianError) return;
  if ((await unseenMeasurements(database, predictor)) < rule.least) return;
  if (await isTraining(database, predictor)) return;
  const { device, metric } = predictor;
  await queue.add('train', device, metric === LATENCY.name ? {} : { metric });
}
