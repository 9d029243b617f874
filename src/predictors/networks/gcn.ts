import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import { linear, linearParameters, silentParameters } from '../../nn/layers.js';
import type { Dropout, Network } from '../../nn/network.js';
import { trainingDefaults } from '../../nn/training.js';
import type { GraphLayout } from '../../spaces/predictor-graph.js';
import { graphEncoding } from '../encodings/encoding.js';
import type { FitTask, FittedModel } from '../predictor.js';
import { graphTrunk, heldAtZero } from './graph-trunk.js';
import { fitNetwork, type NetworkRecipe, type NetworkSize } from './neural.js';

/**
 * A residual graph network for latency. The read-out reflects the structure of latency: every node
 * contributes a positive time exp(sᵢ), the times add up, and a small network corrects the sum for
 * non-additive effects (overlap, fusion, caches). A node's time comes from the trunk's states, which start
 * from the node's own features and then include what they learn from neighbouring nodes.
 *
 * The trunk's messages and the correction start at zero, and a prior worth a certain number of samples holds
 * them there: with few measurements the model is additive, with many it is a graph network.
 *
 * @param logStd standard deviation of the log latency, because the read-out adds times whereas the target is
 *   standardised
 * @param samples number of training samples
 */
export function gcn(layout: GraphLayout, logStd: number, samples: number, options: NetworkSize): Network {
  const { members, hidden, layers } = options;
  const { nodes, features } = layout;
  const trunk = graphTrunk(layout, options);
  return {
    members,
    inputs: [
      { name: 'features', shape: [nodes, features.length] },
      { name: 'adjacency', shape: [nodes, nodes] },
    ],
    dropoutNoise: { draws: layers, rows: nodes, units: hidden },
    parameters: [
      ...trunk.parameters,
      ...linearParameters('time', hidden, 1),
      ...linearParameters('summary', hidden, hidden),
      ...silentParameters('correction', hidden, 1),
    ],
    penalty: (p) => heldAtZero([...trunk.held, 'correction.weight'], p, samples),
    forward(p: NamedTensorMap, inputs: NamedTensorMap, dropout: Dropout): Tensor {
      const batch = inputs.features.shape[0];
      const { states, mean, exists } = trunk.run(p, inputs, dropout);
      const logTimes = tf.reshape(linear(p, 'time', states), [members * batch, nodes, 1]);
      const total = tf.reshape(tf.sum(tf.mul(tf.exp(logTimes), exists), 1), [members, batch]);
      const correction = linear(p, 'correction', tf.relu(linear(p, 'summary', mean)));
      return tf.add(tf.div(tf.log(tf.div(total, nodes)), logStd), tf.reshape(correction, [members, batch]));
    },
  };
}

/** With fewer samples, a wide network generalises better; with more, a narrow one is as good and four times cheaper. */
const FEW_SAMPLES = 500;

/**
 * Uses a single thread: steps of such narrow networks are so short that a second thread would cost more than
 * it saves.
 *
 * @param samples number of training samples
 */
export function gcnRecipe(layout: GraphLayout, samples: number): NetworkRecipe {
  const hidden = samples < FEW_SAMPLES ? 64 : 32;
  return {
    kind: 'gcn',
    encoding: graphEncoding,
    defaults: {
      ...trainingDefaults,
      hidden,
      layers: 3,
      members: 1,
      dropout: 0.1,
      weightDecay: 1e-2,
      threads: 1,
    },
    build: (size, logStd, count) => gcn(layout, logStd, count, size),
  };
}

export const fitGcn = (task: FitTask): Promise<FittedModel> =>
  fitNetwork(gcnRecipe(task.space.graph, task.train.values.length), task);
