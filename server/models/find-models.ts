import { InputError, quote } from '../../src/base/errors.js';
import { LATENCY, metricKey, metricNamed } from '../../src/metrics/metric.js';
import { ApiError } from '../http/errors.js';
import type { ModelFolder } from './model-folder.js';
import type { ServedPredictor } from './served-predictor.js';

/**
 * The models of a metric for these devices; unknown ones are looked for on disk.
 *
 * @throws ApiError 404 listing the devices known
 */
export async function findModels(
  models: ModelFolder,
  devices: readonly string[],
  metric: string = LATENCY.name,
): Promise<ServedPredictor[]> {
  return servedNow(models, devices, metric) ?? (await afterLooking(models, devices, keyOf(metric)));
}

/** The key of a metric's models: `energy` for `energy:mJ`. */
function keyOf(metric: string): string {
  try {
    return metricKey(metricNamed(metric));
  } catch (error) {
    if (error instanceof InputError) return metric;
    throw error;
  }
}

function servedNow(
  models: ModelFolder,
  devices: readonly string[],
  metric: string,
): ServedPredictor[] | undefined {
  const found: ServedPredictor[] = [];
  for (const device of devices) {
    const model = models.get(device, metric);
    if (model === undefined) return undefined;
    found.push(model);
  }
  return found;
}

async function afterLooking(
  models: ModelFolder,
  devices: readonly string[],
  metric: string,
): Promise<ServedPredictor[]> {
  await models.upToDate();
  const found = servedNow(models, devices, metric);
  if (found) return found;
  const details = devices
    .filter((device) => models.get(device, metric) === undefined)
    .map((device) => ({ field: device.slice(0, 200), message: 'has no predictor here' }));
  const absent = details[0].field;
  const others = models.all().filter(({ card }) => card.device === absent);
  if (others.length > 0) {
    const said = others.map((model) => metricKey(model.metric)).join(', ');
    const message = `there is no predictor of ${metric} for device ${quote(absent)}; it has ${said}`;
    throw new ApiError(404, 'unknown_metric', message, details);
  }
  const known = models
    .all()
    .filter((model) => metricKey(model.metric) === metric)
    .map(({ card }) => card.device);
  throw new ApiError(
    404,
    'unknown_device',
    `there is no device ${quote(absent)}; devices: ${known.join(', ') || 'none'}`,
    details,
  );
}
