import type { Random } from '../base/random.js';
import type { EpochPlan } from '../nn/engines/engine.js';

/** How weights are learned: NAS-Bench-201's settings for DARTS (SGD with Nesterov's momentum, cosine). */
export const WEIGHTS = { from: 0.025, to: 0.001, weightDecay: 3e-4, clipNorm: 5 } as const;

/** Learning rate after a share of the training, 0 to 1, from the first to the last along half a cosine. */
export function cosine(done: number, first: number, last: number): number {
  return last + 0.5 * (first - last) * (1 + Math.cos(Math.PI * done));
}

/** Some steps on full batches of samples, all of the same weight, at one rate. */
export function stepsOn(order: Int32Array, batchSize: number, rate: number): EpochPlan {
  const steps = order.length / batchSize;
  const rates = new Float32Array(steps * 3);
  for (let step = 0; step < steps; step++) rates.set([rate, 1, 1], step * 3);
  return {
    steps,
    batchSize,
    order,
    weights: new Float32Array(order.length).fill(1 / batchSize),
    rates,
  };
}

/** An epoch over samples in random order, in full batches: those left over wait for another epoch. */
export function shuffledEpoch(random: Random, samples: number, batchSize: number, rate: number): EpochPlan {
  const order = random.permutation(samples);
  const whole = samples - (samples % batchSize);
  return stepsOn(Int32Array.from(order.subarray(0, whole)), batchSize, rate);
}
