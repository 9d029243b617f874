import { quote } from '../../src/base/errors.js';
import { ApiError } from '../errors.js';
import type { DeviceModel } from './device-model.js';
import type { ModelFolder } from './model-folder.js';

/**
 * The models that serve these devices; one that is not known is looked for on disk.
 *
 * @throws ApiError 404 listing the devices there are
 */
export async function findModels(models: ModelFolder, devices: readonly string[]): Promise<DeviceModel[]> {
  return servedNow(models, devices) ?? (await afterLooking(models, devices));
}

function servedNow(models: ModelFolder, devices: readonly string[]): DeviceModel[] | undefined {
  const found: DeviceModel[] = [];
  for (const device of devices) {
    const model = models.get(device);
    if (model === undefined) return undefined;
    found.push(model);
  }
  return found;
}

async function afterLooking(models: ModelFolder, devices: readonly string[]): Promise<DeviceModel[]> {
  await models.upToDate();
  const found = servedNow(models, devices);
  if (found) return found;
  const details = devices
    .filter((device) => models.get(device) === undefined)
    .map((device) => ({ field: device.slice(0, 200), message: 'has no predictor here' }));
  const known = models.all().map(({ card }) => card.device);
  throw new ApiError(
    404,
    'unknown_device',
    `there is no device ${quote(details[0].field)}; devices: ${known.join(', ') || 'none'}`,
    details,
  );
}
