import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import { Random } from '../../base/random.js';
import { type EpochPlan, freshState, type TrainingState } from '../../nn/engines/engine.js';
import { createOnnxEngine } from '../../nn/engines/onnx-engine.js';
import { planFit } from '../../nn/engines/plans.js';
import { initialParameters, type Network } from '../../nn/network.js';
import { pairsOf, type Word } from './dictionary.js';
import { type G2pForm, g2pNetwork } from './network.js';

/** Everything besides the words that determines a training. */
export interface G2pTrainingOptions {
  readonly form: G2pForm;
  /** May be a fraction. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

export interface G2pTrainingHooks {
  readonly threads: number;
  /** A file from which an interrupted training resumes. It is kept, so a finished training returns at once. */
  readonly checkpoint?: string;
  readonly signal?: AbortSignal;
  /** @param loss cross-entropy of the last steps, in nats per step of a typical word */
  onProgress?(step: number, steps: number, loss: number): void;
}

/** Steps between checks of the signal, and between checkpoints. */
const STEPS_AT_ONCE = 50;
const CLIP_NORM = 5;

/**
 * Trains a network from its initial parameters. The learning rate falls along a cosine.
 *
 * @param network trained in place of the form's own: to start from given parameters, or with factors in place
 *   of matrices
 * @returns parameters; undefined if it was interrupted, and can be resumed from its checkpoint
 */
export async function trainG2p(
  words: readonly Word[],
  options: G2pTrainingOptions,
  { threads, checkpoint, signal, onProgress }: G2pTrainingHooks,
  network: Network = g2pNetwork(options.form),
): Promise<Float32Array | undefined> {
  const { letters, phonemes, count } = pairsOf(words);
  const task = {
    network,
    options: { loss: 'l1', weightDecay: 0, clipNorm: CLIP_NORM, dropout: 0 },
    inputs: { letters, phonemes },
    // The network's output is the loss itself, so the target is zero.
    target: new Float32Array(count),
    batchSize: options.batchSize,
    threads,
  } as const;
  const steps = Math.ceil((options.epochs * count) / options.batchSize);
  const { learningRate, seed } = options;
  const plan = planFit(task, { learningRate, dropout: 0 }, steps, new Random(seed));
  const start = initialParameters(network, seed);
  const key = JSON.stringify([options, count, createHash('sha256').update(start).digest('hex')]);
  const resumed = checkpoint === undefined ? undefined : await readState(checkpoint, key);
  const state = resumed ?? freshState(network, start);
  const engine = await createOnnxEngine(task);
  try {
    while (state.steps < steps) {
      if (signal?.aborted) return undefined;
      const loss = await engine.epoch(state, partOf(plan, state.steps, STEPS_AT_ONCE));
      onProgress?.(state.steps, steps, loss);
      if (checkpoint !== undefined) await writeFileAtomic(checkpoint, serialize({ key, state }));
    }
  } finally {
    await engine.release();
  }
  return state.theta;
}

/** A part of a plan's steps, without dropout. */
function partOf(
  { batchSize, steps, order, weights, rates }: EpochPlan,
  from: number,
  count: number,
): EpochPlan {
  const to = Math.min(steps, from + count);
  return {
    steps: to - from,
    batchSize,
    order: order.subarray(from * batchSize, to * batchSize),
    weights: weights.subarray(from * batchSize, to * batchSize),
    rates: rates.subarray(from * 3, to * 3),
  };
}

async function readState(file: string, key: string): Promise<TrainingState | undefined> {
  try {
    const held = deserialize(await readFile(file)) as { key: string; state: TrainingState };
    return held.key === key ? held.state : undefined;
  } catch {
    return undefined;
  }
}
