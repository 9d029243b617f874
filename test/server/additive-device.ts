import { join } from 'node:path';
import { Random } from '../../src/base/random.js';
import { LATENCY, type Metric } from '../../src/metrics/metric.js';
import { lookupKind } from '../../src/predictors/kinds/linear.js';
import { trainPredictor } from '../../src/predictors/train.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

/** Milliseconds an operation takes on the devices of these tests. */
const OPERATION_MS: Record<string, number> = {
  none: 0,
  skip_connect: 0.125,
  nor_conv_1x1: 0.5,
  nor_conv_3x3: 2,
  avg_pool_3x3: 0.25,
};

/** Latency of a cell on a made-up device: `baseMs` plus the time of each of its operations. */
export function additiveMs(text: string, baseMs: number): number {
  const units = nasbench201.units(nasbench201.parse(text));
  return units.reduce((sum, unit) => sum + OPERATION_MS[unit], baseMs);
}

/**
 * Trains a lookup table, which can represent exactly these latencies, on such a device, and saves it in
 * `models/<device>`, or `models/<device>-<metric>` where the numbers are another metric's. What a service has to answer is then known by hand.
 */
export async function saveAdditiveDevice(
  models: string,
  device: string,
  baseMs: number,
  metric: Metric = LATENCY,
): Promise<void> {
  const random = new Random(1);
  const architectures = Array.from({ length: 100 }, () => nasbench201.sample(random));
  await trainPredictor(join(models, metric.name === LATENCY.name ? device : `${device}-${metric.name}`), {
    space: nasbench201,
    deadOperations: 'timed',
    device,
    facts: { description: `made-up device, ${baseMs} ms at least`, batchSize: 1, precision: 'fp32' },
    samples: {
      architectures,
      metric,
      values: Float64Array.from(architectures, (a) => additiveMs(nasbench201.format(a), baseMs)),
    },
    data: { name: 'made up', source: 'additive-device.ts', licence: 'MIT', sha256: '0'.repeat(64) },
    kind: lookupKind,
    split: { kind: 'random', train: 60, valid: 20, seed: 1 },
    options: {},
  });
}
