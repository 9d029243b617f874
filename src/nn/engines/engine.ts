import { Random } from '../../base/random.js';
import { type Network, parameterCount } from '../network.js';
import type { StepOptions } from '../training-step.js';

/** The inputs of samples, by name: `[sample, …shape]` each. */
export type Inputs = Record<string, Float32Array>;

/** Parameters and AdamW moments as flat vectors of equal length, and the number of steps taken. */
export interface TrainingState {
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  steps: number;
}

/** Parameters with a fresh optimiser. */
export function freshState(network: Network, theta: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameterCount(network));
  return { theta: theta.slice(), first: zeros(), second: zeros(), steps: 0 };
}

/** A sequence of training steps, fixed in advance so that every engine does the same. */
export interface EpochPlan {
  readonly steps: number;
  readonly batchSize: number;
  /** `[steps, batchSize]` indices into the samples; a last short batch is padded with sample 0 at weight 0. */
  readonly order: Int32Array;
  /** `[steps, batchSize]`; each row adds up to 1. */
  readonly weights: Float32Array;
  /** `[steps, 3]`: learning rate and AdamW's bias corrections. */
  readonly rates: Float32Array;
  /** `[steps, …shape]` for each of the network's step inputs. */
  readonly stepInputs?: Inputs;
  /** `[steps, draws, members·batch·rows]` rows of the noise table, if there is dropout. */
  readonly noiseRows?: Int32Array;
}

/** The loss of a batch, and its gradient with respect to each step input, in that input's shape. */
export interface StepGradients {
  readonly loss: number;
  readonly gradients: Inputs;
}

/** Runs a network's training steps and predictions. There are two: traced ONNX, and eager tfjs. */
export interface Engine {
  /** Trains for one plan, updating the state. Returns the mean loss of its steps. */
  epoch(state: TrainingState, plan: EpochPlan): Promise<number>;
  /**
   * @param stepInputs `[…shape]` each, if the network has any
   * @returns `[members, sample]` or `[members, sample, outputs]`
   */
  predict(theta: Float32Array, inputs: Inputs, samples: number, stepInputs?: Inputs): Promise<Float32Array>;
  /**
   * Gradient of a batch's loss with respect to the step inputs, for fixed parameters.
   *
   * @param rows `[batch]` indices into the samples
   */
  stepGradients(theta: Float32Array, rows: Int32Array, stepInputs: Inputs): Promise<StepGradients>;
  release(): Promise<void>;
}

/** Everything that an engine needs from the beginning. */
export interface EngineTask {
  readonly network: Network;
  readonly options: StepOptions;
  readonly inputs: Inputs;
  /** `[sample]` or `[sample, outputs]`, standardised; for `cross-entropy`, the index of the class. */
  readonly target: Float32Array;
  readonly batchSize: number;
  readonly threads: number;
}

/** Rows in the table of uniform numbers from which dropout masks are drawn. */
export const NOISE_ROWS = 4096;

/** The table, `[NOISE_ROWS, units]`; the same for every engine and run. */
export function noiseTable(units: number): Float32Array {
  const random = new Random(0);
  return Float32Array.from({ length: NOISE_ROWS * units }, () => random.uniform());
}

/** Number of samples that a task trains on. */
export function sampleCount({ network, target }: EngineTask): number {
  return target.length / (network.outputs ?? 1);
}
