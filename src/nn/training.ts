import { readFile, rm } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import { Random } from '../base/random.js';
import {
  type Engine,
  type EngineTask,
  freshState,
  type Inputs,
  type TrainingState,
} from './engines/engine.js';
import { firstSteps, planEpoch } from './engines/plans.js';
import { initialParameters, type Network } from './network.js';
import type { StepOptions } from './training-step.js';

/** Everything that determines a training run besides its data. All of it goes into the model card. */
export interface TrainingOptions extends StepOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** `cosine`: down to zero over all epochs. `plateau`: halved if validation has not improved for 10 epochs. */
  readonly schedule: 'cosine' | 'plateau';
  /** Number of epochs without improvement on validation after which training stops. */
  readonly patience: number;
  readonly seed: number;
  /** `onnx`: traced, and run by onnxruntime. `tfjs`: eager and slower; the reference. */
  readonly engine: 'onnx' | 'tfjs';
  readonly threads: number;
}

/** Default options of predictors. Epochs and batch size depend on the number of samples. */
export const trainingDefaults: Omit<TrainingOptions, 'seed' | 'epochs' | 'batchSize'> = {
  learningRate: 3e-3,
  schedule: 'cosine',
  patience: 60,
  loss: 'huber',
  weightDecay: 5e-4,
  clipNorm: 5,
  dropout: 0,
  engine: 'onnx',
  threads: 2,
};

/** Samples in the network's units. */
export interface TrainingData {
  readonly inputs: Inputs;
  /** `[sample]`, standardised. */
  readonly target: Float32Array;
}

export interface TrainingProgress {
  /** Number of finished epochs. */
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** Mean absolute error on validation in standardised units; NaN without validation data. */
  readonly validError: number;
  /** `[sample]`, the ensemble's mean prediction on validation. */
  readonly validPrediction: Float64Array;
}

/** Estimated duration of a training, before it begins. */
export interface TrainingEstimate {
  readonly epochs: number;
  /** Epochs still to do: fewer if a killed run is resumed. */
  readonly epochsLeft: number;
  readonly secondsPerEpoch: number;
}

export interface TrainingHooks {
  /** Called before the first epoch. A few steps are timed for the estimate; their results are discarded. */
  onBegin?(estimate: TrainingEstimate): void;
  onEpoch?(progress: TrainingProgress): void;
  /** Stops after the current epoch; the best parameters so far are returned. */
  readonly signal?: AbortSignal;
  /** A file from which a killed run is resumed. It is removed when training ends. */
  readonly checkpoint?: string;
  /** Least time in ms between two writes of the checkpoint; five seconds by default. */
  readonly checkpointEveryMs?: number;
}

export interface TrainingResult {
  /** The last parameters, unless those with the smallest validation error were clearly better. */
  readonly theta: Float32Array;
  readonly epochs: number;
  readonly stopped: 'finished' | 'early' | 'interrupted';
}

const WARMUP_EPOCHS = 5;
/** Multiple of the smallest validation error up to which the last parameters are preferred to the best. */
const SETTLED = 1.1;
const PLATEAU_PATIENCE = 10;
/** Number of steps by which the time of an epoch is estimated. */
const TIMED_STEPS = 10;

/** The content of a checkpoint. Shuffles are seeded per epoch, so it needs no random state. */
interface Progress {
  key: string;
  epoch: number;
  state: TrainingState;
  best: Float32Array;
  bestError: number;
  /** Validation error after the last epoch. */
  validError: number;
  bestEpoch: number;
  /** Current factor of the plateau schedule, and the epoch of its last change. */
  factor: number;
  factorEpoch: number;
}

/**
 * Trains a network with early stopping on validation data.
 *
 * @param key identifies data and options: a checkpoint with another key is not resumed
 */
export async function trainNetwork(
  network: Network,
  train: TrainingData,
  valid: TrainingData,
  options: TrainingOptions,
  key: string,
  hooks: TrainingHooks = {},
): Promise<TrainingResult> {
  const { checkpoint, checkpointEveryMs = 5_000 } = hooks;
  const task: EngineTask = {
    network,
    options,
    inputs: train.inputs,
    target: train.target,
    batchSize: Math.min(options.batchSize, train.target.length),
    threads: options.threads,
  };
  const engine = await createEngine(task, options.engine);
  try {
    const resumed = checkpoint === undefined ? undefined : await readCheckpoint(checkpoint, key);
    const run = resumed ?? freshRun(network, options.seed, key);
    let stopped: TrainingResult['stopped'] = 'finished';
    if (hooks.onBegin) {
      const secondsPerEpoch = await timedEpoch(engine, task, run.state, valid);
      hooks.onBegin({ epochs: options.epochs, epochsLeft: options.epochs - run.epoch, secondsPerEpoch });
    }
    let savedAt = performance.now();
    while (run.epoch < options.epochs) {
      const rate = options.learningRate * scheduled(options, run);
      const random = new Random(options.seed * 1_000_003 + run.epoch + 1);
      const loss = await engine.epoch(run.state, planEpoch(task, random, run.state.steps, rate));
      run.epoch++;
      const validPrediction = await ensembleMean(engine, network, run.state.theta, valid);
      const validError = meanAbsoluteError(validPrediction, valid.target);
      run.validError = validError;
      if (!(validError >= run.bestError)) {
        run.best = run.state.theta.slice();
        run.bestError = validError;
        run.bestEpoch = run.epoch;
      }
      hooks.onEpoch?.({ epoch: run.epoch, epochs: options.epochs, loss, validError, validPrediction });
      if (hooks.signal?.aborted) stopped = 'interrupted';
      else if (run.epoch - run.bestEpoch >= options.patience) stopped = 'early';
      if (stopped !== 'finished') break;
      if (checkpoint !== undefined && performance.now() - savedAt >= checkpointEveryMs) {
        await writeFileAtomic(checkpoint, serialize(run));
        savedAt = performance.now();
      }
    }
    if (checkpoint !== undefined) await rm(checkpoint, { force: true });
    // The last epoch of the schedule is better than an earlier one that a small validation set favours by
    // chance.
    const settled = !(run.validError > run.bestError * SETTLED);
    return { theta: settled ? run.state.theta : run.best, epochs: run.epoch, stopped };
  } finally {
    await engine.release();
  }
}

/** Seconds per epoch, including validation, estimated from its first steps on a copy of the state. */
async function timedEpoch(
  engine: Engine,
  task: EngineTask,
  state: TrainingState,
  valid: TrainingData,
): Promise<number> {
  const whole = planEpoch(task, new Random(0), state.steps, 0);
  const plan = firstSteps(whole, TIMED_STEPS);
  const seconds = async (body: () => Promise<unknown>) => {
    const started = performance.now();
    await body();
    return (performance.now() - started) / 1000;
  };
  const steps = () => seconds(() => engine.epoch({ ...state }, plan));
  const look = () => seconds(() => ensembleMean(engine, task.network, state.theta, valid));
  // The first run also allocates memory.
  await steps();
  await look();
  return (await steps()) * (whole.steps / plan.steps) + (await look());
}

async function createEngine(task: EngineTask, name: TrainingOptions['engine']): Promise<Engine> {
  if (name === 'tfjs') return (await import('./engines/tfjs-engine.js')).createTfjsEngine(task);
  return (await import('./engines/onnx-engine.js')).createOnnxEngine(task);
}

function freshRun(network: Network, seed: number, key: string): Progress {
  const theta = initialParameters(network, seed);
  return {
    key,
    epoch: 0,
    state: freshState(network, theta),
    best: theta,
    bestError: Number.POSITIVE_INFINITY,
    validError: Number.POSITIVE_INFINITY,
    bestEpoch: 0,
    factor: 1,
    factorEpoch: 0,
  };
}

/** The run to resume, unless the checkpoint is of another task or cannot be read. */
async function readCheckpoint(path: string, key: string): Promise<Progress | undefined> {
  try {
    const run = deserialize(await readFile(path)) as Progress;
    return run.key === key ? run : undefined;
  } catch {
    return undefined;
  }
}

/** Share of the full learning rate in the next epoch. */
function scheduled(options: TrainingOptions, run: Progress): number {
  const warm = Math.min(1, (run.epoch + 1) / WARMUP_EPOCHS);
  if (options.schedule === 'cosine')
    return warm * 0.5 * (1 + Math.cos((Math.PI * run.epoch) / options.epochs));
  if (run.epoch - Math.max(run.bestEpoch, run.factorEpoch) >= PLATEAU_PATIENCE) {
    run.factor /= 2;
    run.factorEpoch = run.epoch;
  }
  return warm * run.factor;
}

async function ensembleMean(
  engine: Engine,
  network: Network,
  theta: Float32Array,
  { inputs, target }: TrainingData,
): Promise<Float64Array> {
  const mean = new Float64Array(target.length);
  if (target.length === 0) return mean;
  const all = await engine.predict(theta, inputs, target.length);
  for (let i = 0; i < all.length; i++) mean[i % target.length] += all[i] / network.members;
  return mean;
}

function meanAbsoluteError(prediction: Float64Array, target: Float32Array): number {
  return target.reduce((sum, y, i) => sum + Math.abs(y - prediction[i]), 0) / target.length;
}
