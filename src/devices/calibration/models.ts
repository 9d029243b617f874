import { InputError, quote } from '../../base/errors.js';
import { BOARDS, type Board } from '../board/boards.js';
import { dpuModel } from '../dpu/dpu.js';
import { FnasDevice } from '../fnas/fnas.js';
import { mpArrayModel } from '../mp-array/mp-array.js';
import { type DeviceModel, withValues } from './device-model.js';

/** FNAS on a board, with measured clock and bandwidth instead of those of the data sheet. */
function fnasModel(board: Board): DeviceModel {
  const name = `fnas:${board.id}`;
  const parameters: DeviceModel['parameters'] = [
    {
      name: 'clock',
      value: board.clockMHz,
      unit: 'MHz',
      range: [10, 1000],
      description: 'Clock of the engines',
    },
    {
      name: 'bandwidth',
      value: board.bandwidthGBps,
      unit: 'GB/s',
      range: [0.05, 500],
      description: 'External memory',
    },
  ];
  return {
    name,
    description: `FNAS tiled engines on ${board.description}`,
    parameters,
    device(values = {}, identity) {
      const [clock, bandwidth] = withValues(parameters, values);
      const calibrated = { ...board, clockMHz: clock.value, bandwidthGBps: bandwidth.value };
      const device = new FnasDevice(calibrated);
      if (identity === undefined) return device;
      const { precision, parameters: fixed, leavesOut } = device;
      return {
        ...identity,
        precision,
        parameters: fixed,
        leavesOut,
        latency: (graph) => device.latency(graph),
      };
    },
  };
}

/** Every device model whose constants measurements can fix. */
export const deviceModels: readonly DeviceModel[] = [
  dpuModel,
  ...[32, 64, 96].map((pixels) => mpArrayModel(32, pixels)),
  ...BOARDS.map(fnasModel),
];

/** @throws InputError that lists the known names */
export function deviceModel(name: string): DeviceModel {
  const model = deviceModels.find((known) => known.name === name);
  if (model === undefined) {
    const known = deviceModels.map((each) => each.name).join(', ');
    throw new InputError(`there is no device model ${quote(name)}; known are ${known}`);
  }
  return model;
}
