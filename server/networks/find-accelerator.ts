import { InputError, quote } from '../../src/base/errors.js';
import { endsIn } from '../../src/base/file-ending.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import type { AnalyticDevice } from '../../src/devices/device.js';
import { ApiError } from '../http/errors.js';

/**
 * The analytic device named in a field of a request. On the command line it may be a file (`….json`), but requests must
 * not read the server's files.
 *
 * @throws ApiError 404 if there is none with this name
 */
export function findAccelerator(id: string, field: string): AnalyticDevice {
  try {
    if (!endsIn(id, '.json')) return analyticDevice(id);
    throw new InputError(`${quote(id)} is not an analytic device; see GET /v1/accelerators`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message } = error;
    throw new ApiError(404, 'unknown_accelerator', message, [{ field, message }]);
  }
}
