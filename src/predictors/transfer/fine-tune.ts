import { version } from '../../base/version.js';
import type { Samples } from '../../datasets/samples.js';
import { columnOf, LATENCY } from '../../metrics/metric.js';
import { ensembleModel } from '../../nn/inference-model.js';
import type { Network, ParameterSpec } from '../../nn/network.js';
import { type TrainingData, trainNetwork } from '../../nn/training.js';
import { graphEncoding } from '../encodings/encoding.js';
import type { DeviceEmbedding } from './embedding-fit.js';
import { sharedNetwork } from './shared-network.js';
import { namedParameters, type SharedModel } from './shared-predictor.js';

/** Number of passes over the samples; with few samples, a pass is a single step. */
const EPOCHS = 150;
const LEARNING_RATE = 1e-3;

/**
 * Trains the whole shared network further on one device's samples, starting from the embedding fitted to
 * them.
 *
 * @param samples architectures as the device runs them
 * @returns bytes of a `model.onnx` for that device alone
 */
export async function fineTune(
  model: SharedModel,
  embedding: DeviceEmbedding,
  samples: Samples,
  seed: number,
): Promise<Uint8Array> {
  const { space, logStd, options } = model;
  const count = samples.values.length;
  const shared = sharedNetwork(space.graph, 1, logStd, count, options);
  const trained = new Map(namedParameters(model).map(({ name, values }) => [name, values]));
  trained.set('device.weight', Float32Array.from(embedding.vector));
  trained.set('device.bias', Float32Array.of(0));
  const network: Network = {
    ...shared,
    inputs: graphEncoding.inputs(space),
    parameters: shared.parameters.map(
      ({ name, shape }): ParameterSpec => ({ name, shape, init: { values: trained.get(name)! } }),
    ),
    penalty: undefined,
    forward: (p, inputs, dropout) => {
      const { latencies } = shared.read(p, inputs, dropout);
      return latencies.reshape([1, -1]);
    },
  };
  const data: TrainingData = {
    inputs: graphEncoding.encode(space, samples.architectures),
    target: Float32Array.from(samples.values, (value) => Math.log(value) / logStd - embedding.bias),
  };
  const none: TrainingData = { inputs: graphEncoding.encode(space, []), target: new Float32Array(0) };
  const training = {
    ...options,
    epochs: EPOCHS,
    batchSize: 32,
    learningRate: LEARNING_RATE,
    dropout: 0,
    weightDecay: 0,
    patience: EPOCHS,
    seed,
  };
  const { theta } = await trainNetwork(network, data, none, training, '');
  return ensembleModel(
    network,
    theta,
    { mean: embedding.bias * logStd, std: logStd },
    version,
    columnOf(LATENCY),
  );
}
