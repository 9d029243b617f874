import { InputError, quote } from '../errors.js';
import { BOARDS } from './boards.js';
import { CodesignDevice, codesignDevice } from './codesign.js';
import { CHAIDNN } from './codesign-configuration.js';
import type { AnalyticDevice } from './device.js';
import { FnasDevice } from './fnas.js';

/** Every analytic device that needs no further choice: each model on each board. */
export const analyticDevices: readonly AnalyticDevice[] = [
  ...BOARDS.map((board) => new FnasDevice(board)),
  new CodesignDevice(CHAIDNN),
];

const CODESIGN = 'codesign:';

/**
 * An analytic device by its identifier; of codesign accelerators there are 8,640, each named by its choices.
 * @throws InputError listing the known identifiers, or saying what is wrong with the choices
 */
export function analyticDevice(id: string): AnalyticDevice {
  if (id.startsWith(CODESIGN)) return codesignDevice(id.slice(CODESIGN.length));
  const device = analyticDevices.find((known) => known.id === id);
  if (device === undefined) {
    const known = analyticDevices.map((each) => each.id).join(', ');
    throw new InputError(`there is no analytic device ${quote(id)}; known are ${known}`);
  }
  return device;
}
