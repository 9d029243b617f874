import * as ort from '../../base/onnxruntime.js';
import type { Random } from '../../base/random.js';
import { type Engine, freshState, type TrainingState } from '../../nn/engines/engine.js';
import { createOnnxEngine } from '../../nn/engines/onnx-engine.js';
import { initialParameters, type Network } from '../../nn/network.js';
import { biasCorrections } from '../../nn/training-step.js';
import { offsetsOf, type PolicyForm, policyNetwork, samplingModel } from './policy-network.js';

/** How a controller is built and learns; part of a run's task. */
export interface ControllerOptions extends PolicyForm {
  readonly seed: number;
  /** Learning rate of Adam. */
  readonly learningRate: number;
}

/** The decisions of a controller. */
export interface Decisions {
  /** Index of the chosen option for each decision. */
  readonly choices: number[];
  /** Natural logarithm of the decisions' probability under the policy from which they were drawn. */
  readonly logProbability: number;
}

const CLIP_NORM = 5;

/**
 * An RNN that makes decisions one after the other, and learns by REINFORCE which ones pay off:
 *
 * ```
 * const controller = new Controller({ steps: [5, 5, 3], hidden: 32, seed: 1, learningRate: 0.01, entropy: 0.01 });
 * const { choices } = await controller.sample(random);
 * await controller.reinforce(choices, reward - baseline);
 * ```
 *
 * Its steps run as ONNX graphs, traced when they are first needed. Calls must not overlap.
 */
export class Controller {
  private readonly network: Network;
  private readonly offsets: readonly number[];
  private readonly state: TrainingState;
  /** One-hot choices and advantage of the current step; the engine reads them from here. */
  private readonly choices: Float32Array;
  private readonly advantage = new Float32Array(1);
  private engine: Promise<Engine> | undefined;
  private sampler: Promise<ort.InferenceSession> | undefined;

  constructor(private readonly options: ControllerOptions) {
    this.network = policyNetwork(options);
    this.offsets = offsetsOf(options.steps);
    this.choices = new Float32Array(this.offsets[options.steps.length]);
    this.state = freshState(this.network, initialParameters(this.network, options.seed));
  }

  /** Draws all decisions from the current policy. */
  async sample(random: Random): Promise<Decisions> {
    this.sampler ??= samplingModel(this.options).then((model) => ort.openSession(model, 1));
    const { theta } = this.state;
    const uniform = Float32Array.from(this.options.steps, () => Math.fround(random.uniform()));
    const drawn = await (await this.sampler).run({
      theta: new ort.Tensor('float32', theta, [theta.length]),
      uniform: new ort.Tensor('float32', uniform, [1, uniform.length]),
    });
    return {
      choices: Array.from(drawn.choices.data as Float32Array),
      logProbability: (drawn.logProbability.data as Float32Array)[0],
    };
  }

  /** Makes decisions more likely if the advantage is positive, and less likely if it is negative: one step of Adam. */
  async reinforce(choices: readonly number[], advantage: number): Promise<void> {
    this.encode(choices);
    this.advantage[0] = advantage;
    const { learningRate } = this.options;
    await (await this.trainer()).epoch(this.state, {
      steps: 1,
      batchSize: 1,
      order: Int32Array.of(0),
      weights: Float32Array.of(1),
      rates: Float32Array.of(learningRate, ...biasCorrections(this.state.steps + 1)),
    });
  }

  /** Natural logarithm of the probability of decisions under the current policy. */
  async logProbability(choices: readonly number[]): Promise<number> {
    this.encode(choices);
    return (await (await this.trainer()).predict(this.state.theta, { choices: this.choices }, 1))[0];
  }

  async release(): Promise<void> {
    await (await this.engine)?.release();
    await (await this.sampler)?.release();
    this.engine = undefined;
    this.sampler = undefined;
  }

  private encode(choices: readonly number[]): void {
    this.choices.fill(0);
    for (const [step, choice] of choices.entries()) this.choices[this.offsets[step] + choice] = 1;
  }

  private trainer(): Promise<Engine> {
    this.engine ??= createOnnxEngine({
      network: this.network,
      options: { loss: 'policy', weightDecay: 0, clipNorm: CLIP_NORM, dropout: 0 },
      inputs: { choices: this.choices },
      target: this.advantage,
      batchSize: 1,
      threads: 1,
    });
    return this.engine;
  }
}
