import type { NewMeasurement } from '../../server/store/measurements.js';
import { Random } from '../../src/base/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { additiveMs } from './additive-device.js';

/** As JSON uploads have it. */
export interface MeasuredCell {
  readonly architecture: string;
  readonly latencyMs: number;
}

/** Distinct connected cells with the latencies of the made-up device that takes at least `baseMs`. */
export function measuredCells(count: number, baseMs: number, seed = 1): MeasuredCell[] {
  const random = new Random(seed);
  const texts = new Set<string>();
  while (texts.size < count) {
    const cell = nasbench201.sample(random);
    if (nasbench201.isConnected(cell)) texts.add(nasbench201.format(cell));
  }
  return [...texts].map((architecture) => ({ architecture, latencyMs: additiveMs(architecture, baseMs) }));
}

/** Such cells as the store keeps them. */
export function keptCells(cells: readonly MeasuredCell[]): NewMeasurement[] {
  return cells.map(({ architecture, latencyMs: value }) => ({ architecture, metric: 'latency', value }));
}
