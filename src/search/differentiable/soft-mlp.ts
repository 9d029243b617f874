import type { Tensor } from '@tensorflow/tfjs';
import { mean, standardDeviation } from 'simple-statistics';
import { Random } from '../../base/random.js';
import { type EngineTask, freshState } from '../../nn/engines/engine.js';
import { createOnnxEngine } from '../../nn/engines/onnx-engine.js';
import { planFit } from '../../nn/engines/plans.js';
import { tf } from '../../nn/engines/tfjs.js';
import { initialParameters, unpackParameters } from '../../nn/network.js';
import { slotsEncoding } from '../../predictors/encodings/encoding.js';
import { mlp } from '../../predictors/networks/mlp.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { optionCount, type SoftModel } from './soft-model.js';

const SIZE = { hidden: 128, layers: 2, members: 1 };
const STEPS = 2000;
const BATCH = 64;
const LEARNING_RATE = 3e-3;

/**
 * A perceptron on one-hot choices, the latency predictor of LA-DARTS (arXiv:2001.06392). It has only seen
 * whole networks, so its value at soft choices merely approximates the expectation.
 *
 * @param values `[architecture]`
 */
export async function fitSoftMlp(
  space: SearchSpace,
  architectures: readonly Architecture[],
  values: Float64Array,
  seed: number,
): Promise<SoftModel> {
  const network = mlp(optionCount(space), SIZE);
  const [centre, spread] = [mean([...values]), standardDeviation([...values]) || 1];
  const task: EngineTask = {
    network,
    inputs: slotsEncoding.encode(space, architectures),
    target: Float32Array.from(values, (value) => (value - centre) / spread),
    batchSize: Math.min(BATCH, architectures.length),
    threads: 1,
    options: { loss: 'mse', weightDecay: 1e-3, clipNorm: 5, dropout: 0 },
  };
  const engine = await createOnnxEngine(task);
  const state = freshState(network, initialParameters(network, seed));
  try {
    const plan = planFit(task, { learningRate: LEARNING_RATE, dropout: 0 }, STEPS, new Random(seed));
    await engine.epoch(state, plan);
  } finally {
    await engine.release();
  }
  return {
    value(choice: Tensor): Tensor {
      const parameters = unpackParameters(network, tf.tensor1d(state.theta));
      const standard = network.forward(parameters, { x: choice }, (x) => x);
      return tf.add(tf.mul(tf.reshape(standard, [-1]), spread), centre);
    },
  };
}
