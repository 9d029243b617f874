import { InputError, quote } from '../errors.js';
import { BOARDS } from './boards.js';
import type { AnalyticDevice } from './device.js';
import { FnasDevice } from './fnas.js';

/** Every analytic device that needs no further choice: each model on each board. */
export const analyticDevices: readonly AnalyticDevice[] = BOARDS.map((board) => new FnasDevice(board));

/** @throws InputError listing the known identifiers */
export function analyticDevice(id: string): AnalyticDevice {
  const device = analyticDevices.find((known) => known.id === id);
  if (device === undefined) {
    const known = analyticDevices.map((each) => each.id).join(', ');
    throw new InputError(`there is no analytic device ${quote(id)}; known are ${known}`);
  }
  return device;
}
