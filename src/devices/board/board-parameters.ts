import type { DeviceParameter } from '../device.js';
import { BOARD_RANGES, type Board } from './boards.js';

const RESOURCES = [
  { name: 'dsp', field: 'dsp', unit: 'blocks', description: 'Multipliers' },
  { name: 'bram36', field: 'bram36', unit: 'blocks of 36 Kbit', description: 'On-chip memory' },
  { name: 'logic', field: 'logic', unit: 'LUT or ALM', description: 'Logic' },
  { name: 'bandwidth', field: 'bandwidthGBps', unit: 'GB/s', description: 'External memory' },
  { name: 'clock', field: 'clockMHz', unit: 'MHz', description: 'Clock' },
] as const;

/** A board's resources as parameters of a device. */
export function boardParameters(board: Board): DeviceParameter[] {
  return RESOURCES.map(({ field, ...about }) => ({
    ...about,
    value: board[field],
    range: BOARD_RANGES[field],
  }));
}
