import { type Static, Type } from '#typebox';
import { InputError } from '../../base/errors.js';
import { readJsonFileSync } from '../../base/json-file.js';
import type { AnalyticDevice } from '../device.js';
import { CalibratedDevice } from './calibrated-device.js';
import { deviceModel } from './models.js';

const Agreement = Type.Object(
  {
    samples: Type.Integer(),
    within10: Type.Number({ description: 'Share within ±10 % of the measurement, 0 to 1' }),
    mape: Type.Number({ description: 'Mean absolute error relative to the measurement, as a fraction' }),
    spearman: Type.Number(),
  },
  { description: 'How the calibrated device agrees with measurements' },
);

/** The file that `tempograph calibrate` writes: a device, and the measurements behind its constants. */
export const DeviceFile = Type.Object({
  format: Type.Literal('tempograph-device/1'),
  ...CalibratedDevice.properties,
  calibration: Type.Object({
    data: Type.String(),
    sha256: Type.String(),
    device: Type.String({ description: 'Name in the data' }),
    seed: Type.Integer(),
    /** On the measurements that the constants were fitted to, and on the others. */
    fitted: Agreement,
    others: Type.Union([Agreement, Type.Null()]),
  }),
});
export type DeviceFile = Static<typeof DeviceFile>;
export type Agreement = Static<typeof Agreement>;

/**
 * Creates the device that a file describes.
 *
 * @throws InputError if the model or a constant is unknown, or a constant is outside its range
 */
export function deviceOf({ model, parameters, id, description }: CalibratedDevice): AnalyticDevice {
  return deviceModel(model).device(parameters, { id, description });
}

/**
 * Reads a calibrated device. It is synchronous, so that devices can be named in synchronous code.
 *
 * @throws InputError if the file is missing or malformed, or a constant is outside its range
 */
export function readDeviceFile(file: string): DeviceFile {
  const content = readJsonFileSync(DeviceFile, file);
  try {
    deviceOf(content);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.message, { file });
    throw error;
  }
  return content;
}
