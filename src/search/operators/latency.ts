import { InputError } from '../../base/errors.js';
import { Random } from '../../base/random.js';
import { loadSamples } from '../../datasets/load.js';
import type { Samples } from '../../datasets/samples.js';
import { select } from '../../datasets/samples.js';
import { LATENCY } from '../../metrics/metric.js';
import { lookupKind } from '../../predictors/kinds/linear.js';
import { OnnxPredictor } from '../../predictors/saved/saved.js';
import type { SearchSpace } from '../../spaces/space.js';
import { costOf } from '../latency-source.js';
import { CandidatePool } from '../pool.js';
import type { NetworkQuantity } from './contributions.js';

/** Smallest number of measurements that says enough about the operators of a layer. */
const LEAST_MEASUREMENTS = 50;
/** Share of the measurements on which the table's penalty is chosen. */
const VALIDATION_SHARE = 0.1;

/** Latencies in ms for any network of a space, and their source. */
export interface SpaceLatency {
  readonly latency: NetworkQuantity;
  readonly describedAs: string;
}

/**
 * Latencies from measurements of some networks (an additive table is fitted to them), from a formula, or from
 * a predictor.
 *
 * @throws InputError if nothing, or too little, is known about the device
 */
export async function latencySource(
  space: SearchSpace,
  device: string,
  { measured, models, seed }: { readonly measured?: string; readonly models: string; readonly seed: number },
): Promise<SpaceLatency> {
  if (measured !== undefined) {
    const samples = await loadSamples(measured, { space, device, metric: LATENCY, duplicates: 'mean' });
    const count = samples.values.length;
    return {
      latency: await tableLatency(space, samples, seed),
      describedAs: `additive table of ${count} measurements in ${measured}`,
    };
  }
  const margin = { percent: 0 };
  const latency: NetworkQuantity = async (architectures) =>
    (await costOf(new CandidatePool(space, architectures), { device, models, margin })).values;
  return { latency, describedAs: device.includes(':') ? 'formula' : 'predictor' };
}

/** Latencies from an additive table of operators fitted to measurements. */
export async function tableLatency(
  space: SearchSpace,
  samples: Samples,
  seed: number,
): Promise<NetworkQuantity> {
  const count = samples.values.length;
  if (count < LEAST_MEASUREMENTS) {
    throw new InputError(
      `${count} measurements are too few for a time per operator; measure at least ${LEAST_MEASUREMENTS} networks, or ` +
        'name a predictor',
    );
  }
  const order = new Random(seed).permutation(count);
  const validation = Math.ceil(VALIDATION_SHARE * count);
  const { onnx } = await lookupKind.fit({
    space,
    deadOperations: 'timed',
    train: select(samples, order.subarray(validation)),
    valid: select(samples, order.subarray(0, validation)),
    seed,
    options: {},
  });
  return async (architectures) => {
    const table = await OnnxPredictor.create(onnx, lookupKind, space, 'timed', { threads: 1 });
    try {
      return await table.predict(architectures);
    } finally {
      await table.release();
    }
  };
}
