import { elements } from '../base/elements.js';
import type { Random } from '../base/random.js';
import {
  type EngineTask,
  type EpochPlan,
  type Inputs,
  NOISE_ROWS,
  type TrainingState,
} from '../nn/engines/engine.js';
import { type Network, parameterCount } from '../nn/network.js';
import { biasCorrections } from '../nn/training-step.js';

const WARMUP_STEPS = 10;

/**
 * All steps of a fit as one plan, so that the engine is called once: batches of shuffled samples, a rate that
 * warms up and falls as a cosine.
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
  if (dropout === 0) return { steps, batchSize, order, weights, rates };
  const { draws, rows } = network.dropoutNoise;
  const noiseRows = new Int32Array(steps * draws * network.members * batchSize * rows);
  for (let i = 0; i < noiseRows.length; i++) noiseRows[i] = random.integer(NOISE_ROWS);
  return { steps, batchSize, order, weights, rates, noiseRows };
}

/** Parameters with an optimiser that has seen nothing. */
export function freshState(network: Network, theta: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameterCount(network));
  return { theta: theta.slice(), first: zeros(), second: zeros(), steps: 0 };
}

/** Numbers of all members before the last layer, which stands last among the parameters. */
export function bodySize(network: Network): number {
  const readout = network.parameters.filter(({ name }) => name.startsWith('readout.'));
  const numbers = readout.map(({ shape }) => elements(shape));
  return parameterCount(network) - network.members * numbers.reduce((sum, size) => sum + size, 0);
}

/** Some rows of each input. */
export function rowsOf(network: Network, inputs: Inputs, rows: readonly number[]): Inputs {
  return Object.fromEntries(
    network.inputs.map(({ name, shape }) => {
      const size = elements(shape);
      const values = new Float32Array(rows.length * size);
      rows.forEach((row, i) => {
        values.set(inputs[name].subarray(row * size, (row + 1) * size), i * size);
      });
      return [name, values];
    }),
  );
}
