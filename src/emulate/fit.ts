import { Random } from '../base/random.js';
import { type Engine, type EngineTask, freshState } from '../nn/engines/engine.js';
import { createOnnxEngine } from '../nn/engines/onnx-engine.js';
import { planEpoch } from '../nn/engines/plans.js';
import { initialParameters } from '../nn/network.js';
import { ArchitectureDistribution, oneHotBlocks, rankedWeights } from './ranked-update.js';
import { BLOCK_OPERATIONS, type Form, superArchitecture } from './super-architecture.js';

/** Runs of a simulator, standardised. */
export interface StandardisedRuns {
  readonly count: number;
  /** `[run, input]` */
  readonly x: Float32Array;
  /** `[run, output]` */
  readonly y: Float32Array;
}

/** All options of a fit. One set serves every simulator. */
export interface EmulatorFitOptions {
  /** Number of steps for the weights; it determines the number of epochs. */
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Learning rate of Adam for the architecture's logits. */
  readonly architectureRate: number;
  /**
   * How architectures are learned: from the ranks of their losses, as in DENSE; from the losses themselves; or not at all.
   * `fixed` uses a single architecture of five-point convolutions.
   */
  readonly update: 'ranked' | 'losses' | 'none' | 'fixed';
  /** Number of architectures drawn per epoch to be ranked. */
  readonly ranked: number;
  /** Number of networks drawn from each fit at the end; a fixed architecture is one network. */
  readonly draws: number;
  readonly seed: number;
  readonly threads: number;
}

/** Shared weights, and the networks drawn from them. */
export interface Fitted {
  /** In the order of the super-architecture's parameters. */
  readonly theta: Float32Array;
  /** `[block][operation]` */
  readonly probabilities: readonly (readonly number[])[];
  /** `[draw][block]` */
  readonly architectures: readonly (readonly number[])[];
  /**
   * `[draw, validation run, output]`, standardised: predictions of the drawn networks for runs that the
   * weights were not fitted to.
   */
  readonly heldOut: Float32Array;
}

export interface EmulatorFitHooks {
  onEpoch?(epoch: number, epochs: number, loss: number): void;
  /** Ends the fit with an error after the current epoch. */
  readonly signal?: AbortSignal;
}

const CLIP_NORM = 1;
const WARM_UP = 0.03;
/** Fewest steps for the weights between two for the architecture, if an epoch has fewer. */
const STEPS_BETWEEN = 12;
/** Most validation runs by which an architecture is ranked; the same ones throughout an epoch. */
const RANKED_ON = 32;

/**
 * Trains shared weights and the probabilities of architectures. For each batch of training runs, an
 * architecture is drawn and the weights take a step. After each epoch, architectures are drawn and ranked by
 * their loss on validation runs, and the probabilities are updated from the ranks.
 *
 * @throws the signal's reason
 */
export async function fitSuperArchitecture(
  form: Form,
  train: StandardisedRuns,
  valid: StandardisedRuns,
  options: EmulatorFitOptions,
  hooks: EmulatorFitHooks = {},
): Promise<Fitted> {
  const network = superArchitecture(form);
  const batchSize = Math.min(options.batchSize, train.count);
  const task: EngineTask = {
    network,
    options: { loss: 'mse', weightDecay: options.weightDecay, clipNorm: CLIP_NORM, dropout: 0 },
    inputs: { x: train.x },
    target: train.y,
    batchSize,
    threads: options.threads,
  };
  const random = new Random(options.seed);
  const engine = await createOnnxEngine(task);
  try {
    const blocks = form.doubles.length;
    const distribution = new ArchitectureDistribution(
      blocks,
      BLOCK_OPERATIONS.length,
      options.architectureRate,
      options.update === 'fixed' ? fixedLogits(blocks) : undefined,
    );
    const state = freshState(network, initialParameters(network, options.seed));
    const epochs = Math.ceil(options.steps / Math.ceil(train.count / batchSize));
    let learnedAt = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      hooks.signal?.throwIfAborted();
      const rate = options.learningRate * scheduled(epoch / epochs);
      const plan = planEpoch(task, random, state.steps, rate);
      const drawn = Array.from({ length: plan.steps }, () => distribution.draw(random));
      const loss = await engine.epoch(state, {
        ...plan,
        stepInputs: { choice: oneHotBlocks(drawn, BLOCK_OPERATIONS.length) },
      });
      if (state.steps - learnedAt >= STEPS_BETWEEN) {
        await learnArchitecture(engine, state.theta, distribution, valid, options, random);
        learnedAt = state.steps;
      }
      hooks.onEpoch?.(epoch + 1, epochs, loss);
    }
    const draws = options.update === 'fixed' ? 1 : options.draws;
    const architectures = Array.from({ length: draws }, () => distribution.draw(random));
    const heldOut = new Float32Array(architectures.length * valid.y.length);
    for (const [i, architecture] of architectures.entries()) {
      heldOut.set(await predicted(engine, state.theta, architecture, valid), i * valid.y.length);
    }
    return { theta: state.theta, probabilities: distribution.probabilities(), architectures, heldOut };
  } finally {
    await engine.release();
  }
}

/** Logits that always choose convolutions of five points. */
function fixedLogits(blocks: number): Float64Array {
  const choice = oneHotBlocks(
    [new Array<number>(blocks).fill(BLOCK_OPERATIONS.indexOf('conv5'))],
    BLOCK_OPERATIONS.length,
  );
  return Float64Array.from(choice, (chosen) => (chosen ? 0 : Number.NEGATIVE_INFINITY));
}

/** The learning rate's factor: a warm-up, then a cosine. */
function scheduled(done: number): number {
  return Math.min(1, (done + WARM_UP / 2) / WARM_UP) * 0.5 * (1 + Math.cos(Math.PI * done));
}

/** One update of the probabilities. */
async function learnArchitecture(
  engine: Engine,
  theta: Float32Array,
  distribution: ArchitectureDistribution,
  valid: StandardisedRuns,
  { update, ranked }: EmulatorFitOptions,
  random: Random,
): Promise<void> {
  if (update === 'none' || update === 'fixed') return;
  const batch = someOf(valid, RANKED_ON, random);
  const architectures = Array.from({ length: ranked }, () => distribution.draw(random));
  const losses = new Float64Array(ranked);
  for (const [i, architecture] of architectures.entries()) {
    const values = await predicted(engine, theta, architecture, batch);
    losses[i] = values.reduce((sum, value, j) => sum + (value - batch.y[j]) ** 2, 0) / values.length;
  }
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / ranked;
  const weights = update === 'ranked' ? rankedWeights(losses) : losses.map((loss) => mean - loss);
  distribution.update(architectures, weights);
}

/** `[run, output]`: the predictions of one architecture. */
function predicted(
  engine: Engine,
  theta: Float32Array,
  architecture: readonly number[],
  { x, count }: StandardisedRuns,
): Promise<Float32Array> {
  return engine.predict(theta, { x }, count, {
    choice: oneHotBlocks([architecture], BLOCK_OPERATIONS.length),
  });
}

function someOf(samples: StandardisedRuns, most: number, random: Random): StandardisedRuns {
  return samples.count <= most
    ? samples
    : selectSamples(samples, random.permutation(samples.count).subarray(0, most));
}

/** The runs with the given indices. */
export function selectSamples({ count, x, y }: StandardisedRuns, rows: ArrayLike<number>): StandardisedRuns {
  const [inputs, outputs] = [x.length / count, y.length / count];
  const take = (values: Float32Array, width: number) => {
    const taken = new Float32Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      taken.set(values.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
    }
    return taken;
  };
  return { count: rows.length, x: take(x, inputs), y: take(y, outputs) };
}
