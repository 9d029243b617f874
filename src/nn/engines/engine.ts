import { Random } from '../../base/random.js';
import type { Network } from '../network.js';
import { biasCorrections, type StepOptions } from '../training-step.js';

/** Samples as the network takes them: `[sample, …shape]` for each input. */
export type Inputs = Record<string, Float32Array>;

/** Parameters and AdamW moments, flat vectors of equal length, and the number of steps taken. */
export interface TrainingState {
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  steps: number;
}

/** One pass over the samples, fixed before it runs so that every engine does the same. */
export interface EpochPlan {
  readonly steps: number;
  readonly batchSize: number;
  /** `[steps, batchSize]` indices into the samples; a last short batch is padded with sample 0 at weight 0. */
  readonly order: Int32Array;
  /** `[steps, batchSize]`, each row adding up to 1. */
  readonly weights: Float32Array;
  /** `[steps, 3]`: learning rate and AdamW's bias corrections. */
  readonly rates: Float32Array;
  /** `[steps, …shape]` of each of the network's step inputs. */
  readonly stepInputs?: Inputs;
  /** `[steps, draws, members·batch·rows]` rows of the noise table, where dropout is on. */
  readonly noiseRows?: Int32Array;
}

/** The loss of a batch, and its gradient by each step input, of that input's shape. */
export interface StepGradients {
  readonly loss: number;
  readonly gradients: Inputs;
}

/** Runs a network's training steps and predictions. Two exist: traced ONNX, and tfjs as it is. */
export interface Engine {
  /** Trains over one plan, updating the state; returns the mean loss of its steps. */
  epoch(state: TrainingState, plan: EpochPlan): Promise<number>;
  /**
   * @param stepInputs `[…shape]` each, where the network has any
   * @returns `[members, sample]` or `[members, sample, outputs]`
   */
  predict(theta: Float32Array, inputs: Inputs, samples: number, stepInputs?: Inputs): Promise<Float32Array>;
  /**
   * How the loss of a batch changes with the step inputs, the parameters as they are.
   *
   * @param rows `[batch]` indices into the samples
   */
  stepGradients(theta: Float32Array, rows: Int32Array, stepInputs: Inputs): Promise<StepGradients>;
  release(): Promise<void>;
}

/** What an engine is made for. */
export interface EngineTask {
  readonly network: Network;
  readonly options: StepOptions;
  readonly inputs: Inputs;
  /** `[sample]` or `[sample, outputs]`, standardised; for `cross-entropy` the number of the class. */
  readonly target: Float32Array;
  readonly batchSize: number;
  readonly threads: number;
}

/** Rows in the table of uniform numbers that dropout masks are drawn from. */
export const NOISE_ROWS = 4096;

/** The table itself, `[NOISE_ROWS, units]`; the same for every engine and run. */
export function noiseTable(units: number): Float32Array {
  const random = new Random(0);
  return Float32Array.from({ length: NOISE_ROWS * units }, () => random.uniform());
}

/** Samples that a task trains on. */
export function sampleCount({ network, target }: EngineTask): number {
  return target.length / (network.outputs ?? 1);
}

/** The beginning of a plan. */
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

/** A shuffled pass over all samples. */
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
  if (task.options.dropout === 0) return { steps, batchSize, order, weights, rates };
  const { draws, rows } = network.dropoutNoise;
  const noiseRows = new Int32Array(steps * draws * network.members * batchSize * rows);
  for (let i = 0; i < noiseRows.length; i++) noiseRows[i] = random.integer(NOISE_ROWS);
  return { steps, batchSize, order, weights, rates, noiseRows };
}
