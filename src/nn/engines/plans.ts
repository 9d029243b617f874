import type { Random } from '../../base/random.js';
import type { Network } from '../network.js';
import { biasCorrections } from '../training-step.js';
import { type EngineTask, type EpochPlan, NOISE_ROWS, sampleCount } from './engine.js';

const WARMUP_STEPS = 10;

/** One shuffled pass over all samples. */
export function planEpoch(
  task: EngineTask,
  random: Random,
  stepsTaken: number,
  learningRate: number,
): EpochPlan {
  const { batchSize, network } = task;
  const samples = sampleCount(task);
  const steps = Math.ceil(samples / batchSize);
  const order = new Int32Array(steps * batchSize);
  order.set(random.permutation(samples));
  const weights = new Float32Array(steps * batchSize);
  for (let i = 0; i < samples; i++) {
    const inBatch = Math.min(batchSize, samples - Math.floor(i / batchSize) * batchSize);
    weights[i] = 1 / inBatch;
  }
  const rates = new Float32Array(steps * 3);
  for (let step = 0; step < steps; step++) {
    rates.set([learningRate, ...biasCorrections(stepsTaken + step + 1)], step * 3);
  }
  const { dropout } = task.options;
  const noise = dropout > 0 && { noiseRows: drawnNoise(network, steps * batchSize, random) };
  return { steps, batchSize, order, weights, rates, ...noise };
}

/**
 * All steps of a fit as one plan, so that the engine is called only once: batches of shuffled samples, with a
 * learning rate that warms up and then falls along a cosine.
 */
export function planFit(
  { network, target, batchSize }: EngineTask,
  { learningRate, dropout }: { readonly learningRate: number; readonly dropout: number },
  steps: number,
  random: Random,
): EpochPlan {
  const order = new Int32Array(steps * batchSize);
  for (let filled = 0; filled < order.length; filled += target.length) {
    const deck = random.permutation(target.length);
    order.set(deck.subarray(0, Math.min(deck.length, order.length - filled)), filled);
  }
  const weights = new Float32Array(steps * batchSize).fill(1 / batchSize);
  const rates = new Float32Array(steps * 3);
  for (let step = 0; step < steps; step++) {
    const warm = Math.min(1, (step + 1) / WARMUP_STEPS);
    const rate = learningRate * warm * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    rates.set([rate, ...biasCorrections(step + 1)], step * 3);
  }
  const noise = dropout > 0 && { noiseRows: drawnNoise(network, steps * batchSize, random) };
  return { steps, batchSize, order, weights, rates, ...noise };
}

/** Random rows of the noise table, for every drop of a number of samples. */
function drawnNoise({ members, dropoutNoise }: Network, samples: number, random: Random): Int32Array {
  const { draws, rows } = dropoutNoise;
  const drawn = new Int32Array(samples * draws * members * rows);
  for (let i = 0; i < drawn.length; i++) drawn[i] = random.integer(NOISE_ROWS);
  return drawn;
}

/** The first steps of a plan. */
export function firstSteps(plan: EpochPlan, most: number): EpochPlan {
  const steps = Math.min(most, plan.steps);
  const cut = <Values extends Int32Array | Float32Array>(values: Values) =>
    values.subarray(0, (values.length / plan.steps) * steps) as Values;
  const { batchSize, stepInputs, noiseRows } = plan;
  return {
    steps,
    batchSize,
    order: cut(plan.order),
    weights: cut(plan.weights),
    rates: cut(plan.rates),
    ...(stepInputs && {
      stepInputs: Object.fromEntries(Object.entries(stepInputs).map(([name, of]) => [name, cut(of)])),
    }),
    ...(noiseRows && { noiseRows: cut(noiseRows) }),
  };
}
