import { analyticDevice } from '../src/devices/catalogue.js';
import type { AnalyticDevice } from '../src/devices/device.js';
import { InputError, quote } from '../src/errors.js';

/**
 * The analytic device that a request names. On the command line a device may be a file (`….json`); a request has no
 * business with the server's.
 *
 * @throws InputError if there is none of this name
 */
export function findAccelerator(id: string): AnalyticDevice {
  if (!id.endsWith('.json')) return analyticDevice(id);
  throw new InputError(`${quote(id)} is no analytic device; see GET /v1/accelerators`);
}
