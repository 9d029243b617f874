import { Random } from '../base/random.js';
import { type Engine, freshState, type TrainingState } from '../nn/engines/engine.js';
import { initialParameters } from '../nn/network.js';
import { architecturesOf } from '../spaces/architectures.js';
import { EDGES } from '../spaces/nasbench201/edges.js';
import { OPERATIONS, type Skeleton } from '../spaces/nasbench201/network.js';
import { nasbench201 } from '../spaces/nasbench201/space.js';
import type { Architecture } from '../spaces/space.js';
import { type ArchitectureDraw, ArchitectureOptimiser } from './architecture-optimiser.js';
import { cellSupernet, withAuxiliarySkip } from './cell-supernet.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { CHOICE } from './choice.js';
import { imageEngine } from './image-engine.js';
import type { Images } from './images.js';
import type { LatencyTerm } from './latency-term.js';
import { neighbourGradient } from './neighbour-gradient.js';
import { cosine, stepsOn, WEIGHTS } from './schedule.js';
import { countRight } from './train-alone.js';
import { IMAGE } from './trainable.js';

/** How a supernet is searched; all of it is part of a run's key. */
export interface DartsOptions {
  /**
   * - `darts`: all operations at once, by their shares, as published (first order).
   * - `darts-minus`: beside them every edge has a skip of its own, which fades out (DARTS-, Chu et al., arXiv:2009.01027),
   *   so that the skip among the operations is not preferred for letting gradients pass.
   * - `na-darts`: the loss of the architecture's steps is the mean over neighbours (`neighbourGradient`).
   * - `gdas`: one operation per edge, drawn with Gumbel noise, gradients through the soft shares (Dong & Yang,
   *   arXiv:1910.04465).
   */
  readonly method: 'darts' | 'darts-minus' | 'na-darts' | 'gdas';
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the architecture's Adam; 0 with `gdas`: every path is as likely, for a supernet that ranks them all. */
  readonly architectureRate: number;
  readonly seed: number;
  readonly threads: number;
}

export interface DartsProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the weights' steps. */
  readonly loss: number;
  /** Of the supernet with the current choice, on up to 1,000 images that the weights do not learn. */
  readonly validAccuracy: number;
  readonly architecture: Architecture;
}

export interface DartsHooks {
  readonly signal?: AbortSignal;
  /** A file that a killed run goes on from, after its last epoch; it stays, with what a run has come to. */
  readonly checkpoint?: string;
  onEpoch?(progress: DartsProgress): void;
}

export interface Derived {
  /** The likeliest cell of those that have a path from input to output. */
  readonly architecture: Architecture;
  /** `[edge, operation]` */
  readonly shares: Float32Array;
  readonly epochs: DartsProgress[];
  /** Weight of the latency at the end. */
  readonly latencyWeight: number;
  /** The shared weights, for `supernetAccuracy`. */
  readonly theta: Float32Array;
  readonly interrupted: boolean;
}

interface Run {
  readonly key: string;
  state: TrainingState;
  readonly logits: ReturnType<ArchitectureOptimiser['state']>;
  epochs: DartsProgress[];
}

/** Gumbel-softmax temperatures of the first and the last epoch, as published. */
const TEMPERATURES = [10, 0.1] as const;
const VALIDATED = 1000;
const VALID_BATCH = 250;

/**
 * First-order differentiable search (Liu et al., arXiv:1806.09055, algorithm 1): steps of the architecture on one half of
 * the images and of the weights on the other, by turns. Both are steps of one traced graph, in which the choice of
 * operations is an input: its gradient goes to the architecture's optimiser here.
 *
 * @param images of which the first half trains the weights
 * @param key what else decides the run: a checkpoint with another key is ignored
 */
export async function searchSupernet(
  skeleton: Skeleton,
  images: Images,
  options: DartsOptions,
  latency: LatencyTerm | undefined,
  key: string,
  { signal, checkpoint, onEpoch }: DartsHooks = {},
): Promise<Derived> {
  const { epochs, batchSize, seed, method, architectureRate } = options;
  const network = cellSupernet(skeleton);
  const engine = await imageEngine(network, images, options);
  const architecture = new ArchitectureOptimiser(EDGES.length, OPERATIONS.length, architectureRate, latency);
  const run =
    (await readCheckpoint<Run>(checkpoint, key)) ??
    ({
      key,
      state: freshState(network, initialParameters(network, seed)),
      logits: architecture.state(),
      epochs: [],
    } satisfies Run);
  architecture.restore(run.logits);
  const cells = [...architecturesOf(nasbench201)].filter((cell) => nasbench201.isConnected(cell));
  const half = Math.floor(images.labels.length / 2);
  const steps = Math.floor(half / batchSize);
  try {
    while (run.epochs.length < epochs && !signal?.aborted) {
      const epoch = run.epochs.length;
      const random = new Random(seed * 1_000_003 + epoch);
      const [ofWeights, ofChoice] = [random.permutation(half), random.permutation(half)];
      const rate = cosine(epoch / epochs, WEIGHTS.from, WEIGHTS.to);
      const [warm, cold] = TEMPERATURES;
      const temperature = warm + ((cold - warm) * epoch) / Math.max(1, epochs - 1);
      const draw = () => architecture.draw(method === 'gdas' ? { random, temperature } : undefined);
      const auxiliary = method === 'darts-minus' ? 1 - epoch / epochs : 0;
      const shared = ({ choice }: Pick<ArchitectureDraw, 'choice'>) => ({
        [CHOICE]: withAuxiliarySkip(choice, auxiliary),
      });
      let loss = 0;
      for (let step = 0; step < steps; step++) {
        const rows = (deck: ArrayLike<number>, offset: number) =>
          Int32Array.from({ length: batchSize }, (_, i) => offset + deck[step * batchSize + i]);
        if (architectureRate > 0) {
          const drawn = draw();
          const batch = rows(ofChoice, half);
          const gradientAt = async (choice: Float32Array) =>
            (await engine.stepGradients(run.state.theta, batch, shared({ choice }))).gradients[CHOICE];
          const gradient =
            method === 'na-darts'
              ? await neighbourGradient(drawn.choice, OPERATIONS.length, random, gradientAt)
              : await gradientAt(drawn.choice);
          architecture.step(drawn, gradient);
        }
        const plan = stepsOn(rows(ofWeights, 0), batchSize, rate);
        loss += await engine.epoch(run.state, { ...plan, stepInputs: shared(draw()) });
      }
      const valid = Math.min(VALIDATED, half);
      const current = method === 'gdas' ? { choice: architecture.likeliest() } : architecture.draw();
      const { [CHOICE]: choice } = shared(current);
      const validAccuracy = await sharedAccuracy(engine, run.state.theta, images, half, valid, choice);
      const progress = { epoch: epoch + 1, epochs, loss: loss / steps, validAccuracy };
      run.epochs = [...run.epochs, { ...progress, architecture: architecture.likeliestOf(cells) }];
      onEpoch?.(run.epochs[epoch]);
      await writeCheckpoint(checkpoint, { ...run, logits: architecture.state() });
    }
    const interrupted = run.epochs.length < epochs;
    return {
      architecture: architecture.likeliestOf(cells),
      shares: architecture.draw().choice,
      epochs: run.epochs,
      latencyWeight: architecture.latencyWeight,
      theta: run.state.theta,
      interrupted,
    };
  } finally {
    await engine.release();
  }
}

/**
 * Share of images that the supernet classifies rightly with a choice, normalised by batches of 250.
 *
 * @param choice `[edge, operation]`
 */
export async function sharedAccuracy(
  engine: Engine,
  theta: Float32Array,
  { side, pixels, labels }: Images,
  from: number,
  count: number,
  choice: Float32Array,
): Promise<number> {
  let right = 0;
  for (let start = from; start < from + count; start += VALID_BATCH) {
    const size = Math.min(VALID_BATCH, from + count - start);
    const batch = { [IMAGE]: pixels.subarray(start * side * side, (start + size) * side * side) };
    const logits = await engine.predict(theta, batch, size, { [CHOICE]: choice });
    right += countRight(logits, labels.subarray(start, start + size));
  }
  return right / count;
}
