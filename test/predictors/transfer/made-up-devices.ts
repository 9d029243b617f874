import { Random } from '../../../src/base/random.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { type SourceDevice, sourceDevice } from '../../../src/predictors/transfer/pool.js';
import { trainPool } from '../../../src/predictors/transfer/shared-predictor.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { Architecture, DeadOperations } from '../../../src/spaces/space.js';

/** Connected cells. */
export function cells(count: number, seed: number): Architecture[] {
  const random = new Random(seed);
  const found: Architecture[] = [];
  while (found.length < count) {
    const cell = nasbench201.sample(random);
    if (nasbench201.isConnected(cell)) found.push(cell);
  }
  return found;
}

/** Milliseconds of a device that adds up the times of `none`, skip, 1×1, 3×3, pooling and of everything else. */
export function addedUp(times: readonly number[], rest: number) {
  return (cell: Architecture) => cell.reduce((sum, option) => sum + times[option], rest);
}

/** Milliseconds of a device that runs branches side by side, and nothing that does not lead to the output. */
export function sideBySide(times: readonly number[], rest: number) {
  return (cell: Architecture) => {
    const [first, second, between, whole, fromFirst, fromSecond] = nasbench201.prune(cell);
    // A branch that is cut takes no time at all.
    const branch = (...options: number[]) =>
      options.includes(0) ? 0 : options.reduce((sum, option) => sum + times[option], 0);
    return (
      rest +
      Math.max(
        branch(whole),
        branch(first, fromFirst),
        branch(second, fromSecond),
        branch(first, between, fromSecond),
      )
    );
  };
}

/** A made-up source device with its own times. */
export function madeUpSource(
  device: string,
  times: readonly number[],
  seed: number,
  deadOperations: DeadOperations = 'timed',
): SourceDevice {
  const architectures = cells(150, seed);
  const time = addedUp(times, 1);
  const latencyMs = Float64Array.from(architectures, (a) =>
    time(deadOperations === 'pruned' ? nasbench201.prune(a) : a),
  );
  return sourceDevice(nasbench201, device, deadOperations, {
    architectures,
    metric: LATENCY,
    values: latencyMs,
  });
}

/** Three devices that time dead operations, and one that prunes them. */
export const madeUpSources = (): SourceDevice[] => [
  madeUpSource('gpu', [0, 0.2, 0.9, 1, 0.8], 1),
  madeUpSource('cpu', [0, 0.1, 0.5, 3, 0.3], 2),
  madeUpSource('phone', [0, 0.3, 0.8, 2, 1.5], 3),
  madeUpSource('dsp', [0, 0.1, 0.6, 1.2, 0.9], 4, 'pruned'),
];

/** A short training: enough for the sources to be told apart. */
export const quickPool = (sources = madeUpSources()) =>
  trainPool(nasbench201, sources, 1, {
    epochs: 60,
    batchSize: 64,
    hidden: 16,
    layers: 1,
    embedding: 6,
    threads: 1,
  });
