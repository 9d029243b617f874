import { Random } from '../base/random.js';
import { freshState, type TrainingState } from '../nn/engines/engine.js';
import { openForward } from '../nn/engines/onnx-forward.js';
import { initialParameters } from '../nn/network.js';
import type { Evaluator } from '../search/evaluators/evaluator.js';
import type { Architecture } from '../spaces/space.js';
import { chainSpace, MOST_OPTIONS } from './chain-space.js';
import { CALIBRATION, type ChainSkeleton, chainSupernet, recalibratedSupernet } from './chain-supernet.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { CHOICE, oneHotChoice } from './choice.js';
import { imageEngine } from './image-engine.js';
import { type Images, imagesAt } from './images.js';
import { cosine, shuffledEpoch, WEIGHTS } from './schedule.js';
import { countRight } from './train-alone.js';
import { IMAGE } from './trainable.js';

/** How a supernet is trained; all of it is part of a run's key. */
export interface OneShotOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
}

export interface OneShotHooks {
  readonly signal?: AbortSignal;
  /** A file that a killed run is continued from, after its last epoch. */
  readonly checkpoint?: string;
  onEpoch?(epoch: number, loss: number): void;
}

/** The paths of a supernet that are trained, and where its weights begin. */
export interface OneShotPaths {
  /** The path of a step; by default all of the space are equally likely. */
  readonly draw?: (random: Random) => Architecture;
  /** Weights to begin with, instead of random ones. */
  readonly theta?: Float32Array;
}

/** A supernet that was trained. */
export interface OneShot {
  /** The shared weights. */
  readonly theta: Float32Array;
  /** Mean loss of each epoch. */
  readonly losses: readonly number[];
  /** Multiply-accumulates of the paths that were trained, each for its images, forward; a step takes three times that. */
  readonly macs: number;
  readonly interrupted: boolean;
}

interface OneShotRun {
  readonly key: string;
  state: TrainingState;
  losses: number[];
  macs: number;
}

/** Images that the statistics of a path are taken of; SPOS takes 25,600. */
const CALIBRATED = 500;

/**
 * Trains the weights that all chains of a space share: each step draws one path, uniformly, and trains it (SPOS, Guo et
 * al., arXiv:1904.00420).
 *
 * @param key what else decides the run: a checkpoint with another key is ignored
 */
export async function trainOneShot(
  skeleton: ChainSkeleton,
  images: Images,
  { epochs, batchSize, seed, threads }: OneShotOptions,
  key: string,
  { signal, checkpoint, onEpoch }: OneShotHooks = {},
  { draw, theta }: OneShotPaths = {},
): Promise<OneShot> {
  const space = chainSpace(skeleton);
  const drawn = draw ?? space.sample;
  const network = chainSupernet(skeleton);
  const run: OneShotRun = (await readCheckpoint<OneShotRun>(checkpoint, key)) ?? {
    key,
    state: freshState(network, theta ?? initialParameters(network, seed)),
    losses: [],
    macs: 0,
  };
  const engine = await imageEngine(network, images, { batchSize, threads });
  try {
    while (run.losses.length < epochs && !signal?.aborted) {
      const epoch = run.losses.length;
      const random = new Random(seed * 1_000_003 + epoch);
      const rate = cosine(epoch / epochs, WEIGHTS.from, WEIGHTS.to);
      const plan = shuffledEpoch(random, images.labels.length, batchSize, rate);
      const paths = Array.from({ length: plan.steps }, () => drawn(random));
      const choices = Float32Array.from(paths.flatMap((path) => [...oneHotChoice(path, MOST_OPTIONS)]));
      const loss = await engine.epoch(run.state, { ...plan, stepInputs: { [CHOICE]: choices } });
      run.losses = [...run.losses, loss];
      run.macs += paths.reduce((sum, path) => sum + batchSize * space.macs(path), 0);
      await writeCheckpoint(checkpoint, run);
      onEpoch?.(epoch + 1, loss);
    }
  } finally {
    await engine.release();
  }
  const { state, losses, macs } = run;
  return { theta: state.theta, losses, macs, interrupted: losses.length < epochs };
}

/** Judges chains by the weights that they share. */
export interface OneShotEvaluator extends Evaluator {
  release(): Promise<void>;
}

/**
 * Accuracies of chains by shared weights, percent, on images that these did not learn; the statistics of normalisations are
 * taken anew for each, from images that they did.
 *
 * @param theta of `trainOneShot`
 * @param describedAs what a search's log says of it
 */
export async function oneShotEvaluator(
  skeleton: ChainSkeleton,
  theta: Float32Array,
  { learned, judged }: { readonly learned: Images; readonly judged: Images },
  describedAs?: string,
): Promise<OneShotEvaluator> {
  const count = Math.min(CALIBRATED, learned.labels.length);
  const calibration = imagesAt(
    learned,
    Array.from({ length: count }, (_, i) => i),
  );
  const forward = await openForward(recalibratedSupernet(skeleton, count), 1);
  return {
    describedAs,
    async evaluate(architecture) {
      const started = performance.now();
      const inputs = { [IMAGE]: judged.pixels };
      const logits = await forward.predict(theta, inputs, judged.labels.length, {
        [CHOICE]: oneHotChoice(architecture, MOST_OPTIONS),
        [CALIBRATION]: calibration.pixels,
      });
      const accuracy = (100 * countRight(logits, judged.labels)) / judged.labels.length;
      return { accuracy, seconds: (performance.now() - started) / 1000 };
    },
    release: () => forward.release(),
  };
}
