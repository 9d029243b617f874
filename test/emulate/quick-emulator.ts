import { spaceFilling } from '../../src/emulate/design.js';
import { trainEmulator } from '../../src/emulate/train.js';

export const SUM_INPUTS = [
  { name: 'a', low: 0, high: 1 },
  { name: 'b', low: 1, high: 100, log: true },
];
const at = spaceFilling(SUM_INPUTS, 1);
const points = Array.from({ length: 30 }, (_, i) => at(i));

/** Saves an emulator `sums` of a curve and a sum, times a factor, learned in no time. */
export function saveQuickEmulator(folder: string, factor = 1) {
  return trainEmulator(folder, {
    name: 'sums',
    description: 'sums of a and b',
    source: 'test',
    runs: {
      inputs: SUM_INPUTS,
      outputs: [{ name: 'curve', points: 3 }, { name: 'total' }],
      count: points.length,
      x: Float64Array.from(points.flat()),
      y: Float64Array.from(points.flatMap(([a, b]) => [a, 2 * a, b, a + b].map((value) => factor * value))),
    },
    failed: 0,
    options: { folds: 2, steps: 4, draws: 2 },
  });
}
