import { InputError, quote } from '../base/errors.js';
import { endsIn } from '../base/file-ending.js';
import { BcnnDevice } from './bcnn/bcnn.js';
import { BOARDS, type Board } from './board/boards.js';
import type { CalibratedDevice } from './calibration/calibrated-device.js';
import { deviceOf, readDeviceFile } from './calibration/device-file.js';
import { CodesignDevice, codesignDevice } from './codesign/codesign.js';
import { CHAIDNN } from './codesign/configuration.js';
import type { AnalyticDevice } from './device.js';
import { FnasDevice } from './fnas/fnas.js';
import { OverlayDevice } from './overlay/overlay.js';

/** Models that can be put on any board. */
const MODELS: readonly ((board: Board) => AnalyticDevice)[] = [
  (board) => new FnasDevice(board),
  (board) => new OverlayDevice(board),
  (board) => new BcnnDevice(board),
];

/** Accelerators that are no model on a board, with constants from measurements or a data sheet. */
const ACCELERATORS: readonly CalibratedDevice[] = [
  {
    // Values of `tempograph calibrate --device dpu --samples 50` on Accel-NASBench.
    id: 'dpu:zcu102',
    description: 'DPUCZDX8G B4096 on a ZCU102',
    model: 'dpu',
    parameters: { clock: 293.74, bandwidth: 5.7625, pass: 1.06, exposed: 0.27559, start: 0.45006 },
  },
  ...[32, 64, 96].map((pixels) => ({
    id: `mp:32x${pixels}`,
    description: `Array of 32 output channels × ${pixels} pixels, not calibrated`,
    model: `mp:32x${pixels}`,
    parameters: {},
  })),
];

/** All analytic devices that need no further choices, on the given boards. */
export function analyticDevicesOn(boards: readonly Board[]): AnalyticDevice[] {
  const onBoards = MODELS.flatMap((model) => boards.map(model));
  return [...onBoards, new CodesignDevice(CHAIDNN), ...ACCELERATORS.map(deviceOf)];
}

/** All analytic devices that need no further choices, on the built-in boards. */
export const analyticDevices: readonly AnalyticDevice[] = analyticDevicesOn(BOARDS);

const CODESIGN = 'codesign:';

/**
 * Finds an analytic device by its identifier, or loads it from a file that `tempograph calibrate` wrote
 * (`….json`). There are also 8,640 codesign accelerators, each named by its choices (`codesign:…`).
 *
 * @throws InputError that lists the known identifiers, or says what is wrong with the choices or the file
 */
export function analyticDevice(id: string, devices = analyticDevices): AnalyticDevice {
  if (endsIn(id, '.json')) return deviceOf(readDeviceFile(id));
  if (id.startsWith(CODESIGN)) return codesignDevice(id.slice(CODESIGN.length));
  return named(devices, id);
}

/**
 * Finds several analytic devices, named as for `analyticDevice`, on boards that may include the user's own.
 *
 * @throws InputError as `analyticDevice` does
 */
export function analyticDevicesNamed(names: readonly string[], boards: readonly Board[]): AnalyticDevice[] {
  const known = analyticDevicesOn(boards);
  return names.map((name) => analyticDevice(name, known));
}

/**
 * Model and constants of an analytic device with open parameters, by its identifier or from a file that
 * `tempograph calibrate` wrote (`….json`).
 *
 * @throws InputError that lists the known identifiers, or says what is wrong with the file
 */
export function calibratedDevice(id: string): CalibratedDevice {
  if (endsIn(id, '.json')) {
    const { description, model, parameters, id: own } = readDeviceFile(id);
    return { id: own, description, model, parameters };
  }
  const tiled = BOARDS.map((board) => ({
    id: `fnas:${board.id}`,
    description: `FNAS tiled engines on ${board.description}`,
    model: `fnas:${board.id}`,
    parameters: {},
  }));
  return named([...tiled, ...ACCELERATORS], id);
}

function named<T extends { readonly id: string }>(devices: readonly T[], id: string): T {
  const device = devices.find((known) => known.id === id);
  if (device === undefined) {
    const known = devices.map((each) => each.id).join(', ');
    throw new InputError(`there is no analytic device ${quote(id)}; known are ${known}`);
  }
  return device;
}
