import { createHash } from 'node:crypto';
import type { Scalar } from '@tensorflow/tfjs';
import { version } from '../../base/version.js';
import type { Samples } from '../../datasets/samples.js';
import { columnOf, type Metric } from '../../metrics/metric.js';
import { tf } from '../../nn/engines/tfjs.js';
import { ensembleModel } from '../../nn/inference-model.js';
import { type Network, startingFrom, unpackParameters } from '../../nn/network.js';
import {
  type TrainingData,
  type TrainingOptions,
  type trainingDefaults,
  trainNetwork,
} from '../../nn/training.js';
import type { Encoding } from '../encodings/encoding.js';
import { fitScaling, standardiseTarget, type TargetScaling } from '../encodings/target.js';
import { within } from '../metrics.js';
import type { FitTask, FittedModel } from '../predictor.js';

/** The size of a network. */
export interface NetworkSize {
  readonly hidden: number;
  readonly layers: number;
  readonly members: number;
}

/** Number of training steps of a run, within limits for the number of epochs. */
const STEPS = 4500;
const LEAST_EPOCHS = 30;
const MOST_EPOCHS = 600;
/** Batches are four times as large from this many samples on. */
const MANY_SAMPLES = 4000;

/** How a kind builds and trains its network. */
export interface NetworkRecipe {
  readonly kind: string;
  readonly encoding: Encoding;
  readonly defaults: NetworkSize & typeof trainingDefaults & { epochs?: number };
  build(size: NetworkSize, logStd: number, samples: number): Network;
}

/** A trained network, the metric that it predicts, and the scale of its target. */
export interface TrainedNetwork {
  readonly network: Network;
  readonly theta: Float32Array;
  readonly metric: Metric;
  readonly scaling: TargetScaling;
  /** All options including defaults, and how training ended. */
  readonly options: NetworkSize & TrainingOptions & { epochsRun: number; stopped: string };
}

/**
 * Trains an ensemble of networks on log-standardised values.
 *
 * @param start a network of the same recipe and size from which training starts; a normal prior holds the
 *   parameters there, as far as the samples do not outweigh it
 */
export async function trainRecipe(
  { kind, encoding, defaults, build }: NetworkRecipe,
  { space, train, valid, seed, options, hooks }: FitTask,
  start?: TrainedNetwork,
): Promise<TrainedNetwork> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const samples = train.values.length;
  const batchSize = options.batchSize ?? (samples < MANY_SAMPLES ? 32 : 128);
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  const epochs = Math.max(LEAST_EPOCHS, Math.min(MOST_EPOCHS, Math.round(STEPS / stepsPerEpoch)));
  const all = { epochs, batchSize, ...defaults, ...given, seed };
  const scaling = start?.scaling ?? fitScaling(train.values);
  const fresh = build(all, scaling.std, samples);
  const network = start ? heldAt(startingFrom(fresh, start.theta), start.theta, samples) : fresh;
  const data = (samples: Samples): TrainingData => ({
    inputs: encoding.encode(space, samples.architectures),
    target: standardiseTarget(samples.values, scaling),
  });
  const [trainData, validData] = [data(train), data(valid)];
  // A run may be resumed on a machine with another number of processors.
  const decisive = { ...all, threads: undefined };
  const hash = createHash('sha256').update(JSON.stringify([kind, space.name, decisive]));
  for (const { inputs, target } of [trainData, validData]) {
    for (const values of [...Object.values(inputs), target]) hash.update(values);
  }
  if (start) hash.update(start.theta);
  const result = await trainNetwork(network, trainData, validData, all, hash.digest('hex'), {
    ...hooks,
    onEpoch(progress) {
      const predicted = progress.validPrediction.map((y) => Math.exp(y * scaling.std + scaling.mean));
      hooks?.onEpoch?.({ ...progress, validWithin10: within(predicted, valid.values, 0.1) });
    },
  });
  const { theta, epochs: epochsRun, stopped } = result;
  return { network, theta, metric: train.metric, scaling, options: { ...all, epochsRun, stopped } };
}

/** Converts a trained network to the form in which it is saved. */
export async function fittedNetwork({
  network,
  theta,
  metric,
  scaling,
  options,
}: TrainedNetwork): Promise<FittedModel> {
  const onnx = await ensembleModel(network, theta, scaling, version, columnOf(metric));
  return { onnx, options: { ...options }, scaling };
}

/** Fits a kind's network to a task. */
export const fitNetwork = async (recipe: NetworkRecipe, task: FitTask): Promise<FittedModel> =>
  fittedNetwork(await trainRecipe(recipe, task));

/** Weight of the prior around the parameters from which training starts, in samples per unit of their squares. */
const HELD = 5;

/** Keeps parameters near the given ones (L2-SP; Li et al., arXiv:1802.01483), in place of the network's own penalty. */
function heldAt(network: Network, theta: Float32Array, samples: number): Network {
  return {
    ...network,
    penalty(parameters) {
      const at = unpackParameters(network, tf.tensor1d(theta));
      const squares = Object.keys(parameters).map((name) =>
        tf.sum<Scalar>(tf.square(tf.sub(parameters[name], at[name]))),
      );
      return tf.mul(tf.addN(squares), HELD / samples);
    },
  };
}
