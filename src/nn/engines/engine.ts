import { Random } from '../../base/random.js';
import { type Network, parameterCount } from '../network.js';
import type { StepOptions } from '../training-step.js';

/** Samples as the network takes them: `[sample, …shape]` for each input. */
export type Inputs = Record<string, Float32Array>;

/** Parameters and AdamW moments, flat vectors of equal length, and the number of steps taken. */
export interface TrainingState {
  theta: Float32Array;
  first: Float32Array;
  second: Float32Array;
  steps: number;
}

/** Parameters with an optimiser that has seen nothing. */
export function freshState(network: Network, theta: Float32Array): TrainingState {
  const zeros = () => new Float32Array(parameterCount(network));
  return { theta: theta.slice(), first: zeros(), second: zeros(), steps: 0 };
}

/** Training steps, fixed before they run so that every engine does the same. */
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
