import { InputError, quote } from '../errors.js';
import { BcnnDevice } from './bcnn.js';
import { BOARDS, type Board } from './boards.js';
import { CodesignDevice, codesignDevice } from './codesign.js';
import { CHAIDNN } from './codesign-configuration.js';
import type { AnalyticDevice } from './device.js';
import { deviceOf, readDeviceFile } from './device-file.js';
import { dpuModel } from './dpu.js';
import { FnasDevice } from './fnas.js';
import { mpArrayModel } from './mp-array.js';
import { OverlayDevice } from './overlay.js';

/** Calibrated on 50 networks of Accel-NASBench (seed 1). */
const DPU_ZCU102 = { clock: 293.74, bandwidth: 5.7625, pass: 1.06, exposed: 0.27559, start: 0.45006 };
/** Calibrated on all convolutions of all three accelerators. */
const MP_ARRAY = { clock: 399, bandwidth: 16, interface: 264, tile: 5.8, layer: 0.98 };

/** Every model that goes on any board. */
const MODELS: readonly ((board: Board) => AnalyticDevice)[] = [
  (board) => new FnasDevice(board),
  (board) => new OverlayDevice(board),
  (board) => new BcnnDevice(board),
];

/** Every model that goes on any board, on each of these. */
export function analyticDevicesOn(boards: readonly Board[]): AnalyticDevice[] {
  return MODELS.flatMap((model) => boards.map(model));
}

/** Every analytic device that needs no further choice. */
export const analyticDevices: readonly AnalyticDevice[] = [
  ...analyticDevicesOn(BOARDS),
  new CodesignDevice(CHAIDNN),
  dpuModel.device(DPU_ZCU102, { id: 'dpu:zcu102', description: 'DPUCZDX8G B4096 on a ZCU102' }),
  ...[32, 64, 96].map((pixels) => mpArrayModel(32, pixels).device(MP_ARRAY)),
];

const CODESIGN = 'codesign:';

/**
 * An analytic device by its identifier, or from the file that `tempograph calibrate` wrote (`….json`). Of codesign
 * accelerators there are 8,640, each named by its choices.
 * @throws InputError listing the known identifiers, or saying what is wrong with the choices or the file
 */
export function analyticDevice(id: string, devices = analyticDevices): AnalyticDevice {
  if (id.endsWith('.json')) return deviceOf(readDeviceFile(id));
  if (id.startsWith(CODESIGN)) return codesignDevice(id.slice(CODESIGN.length));
  const device = devices.find((known) => known.id === id);
  if (device === undefined) {
    const known = devices.map((each) => each.id).join(', ');
    throw new InputError(`there is no analytic device ${quote(id)}; known are ${known}`);
  }
  return device;
}
