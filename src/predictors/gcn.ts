import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs';
import {
  forEveryMember,
  layerNorm,
  layerNormParameters,
  linear,
  linearParameters,
  silentParameters,
  weigh,
  weightParameters,
} from '../nn/layers.js';
import type { Dropout, Network } from '../nn/network.js';
import { tf } from '../nn/tfjs.js';
import type { GraphLayout } from '../spaces/space.js';
import { graphEncoding } from './encoding.js';
import { fitNetwork, type NetworkSize, trainingDefaults } from './neural.js';
import type { PredictorKind } from './predictor.js';

/** Weight of the prior, as a number of samples per unit of squared parameter. */
const PRIOR = 5;

/**
 * A residual graph network for latency. The read-out has latency's own structure: every node contributes a
 * positive time exp(sᵢ), the times add up, and a small network corrects the sum for what isn't additive
 * (overlap, fusion, caches). A node's time comes from its own features first; layers then add what it learns
 * from the nodes that feed it, those it feeds, and the mean of the graph.
 *
 * Messages (scaled by `strength`, as ReZero does, arXiv:2003.04887) and correction start at zero, and a prior
 * that weighs as much as some samples holds them there: few measurements give an additive model, many a graph
 * network.
 *
 * @param logStd standard deviation of the log latency: the read-out adds times, the target is standardised
 * @param samples number of training samples
 */
export function gcn(
  { nodes, features }: GraphLayout,
  logStd: number,
  samples: number,
  options: NetworkSize,
): Network {
  const { members, hidden, layers } = options;
  const units = features.length;
  return {
    members,
    inputs: [
      { name: 'features', shape: [nodes, units] },
      { name: 'adjacency', shape: [nodes, nodes] },
    ],
    dropoutNoise: { draws: layers, rows: nodes, units: hidden },
    parameters: [
      ...linearParameters('embed', units, hidden),
      ...linearParameters('widen', hidden, hidden),
      ...linearParameters('narrow', hidden, hidden),
      ...Array.from({ length: layers }, (_, l) => [
        ...weightParameters(`conv${l}`, 3 * hidden, hidden),
        ...weightParameters(`context${l}`, hidden, hidden),
        ...layerNormParameters(`norm${l}`, hidden),
        { name: `strength${l}`, shape: [1, hidden], init: 0 },
      ]).flat(),
      ...linearParameters('time', hidden, 1),
      ...linearParameters('summary', hidden, hidden),
      ...silentParameters('correction', hidden, 1),
    ],
    penalty(p: NamedTensorMap): Scalar {
      const held = [...Array(layers).keys()].map((l) => p[`strength${l}`]).concat(p['correction.weight']);
      return tf.mul(tf.addN<Scalar>(held.map((w) => tf.sum(tf.square(w)))), PRIOR / samples);
    },
    forward(p: NamedTensorMap, { features: x, adjacency }: NamedTensorMap, dropout: Dropout): Tensor {
      const batch = x.shape[0];
      const graphs = members * batch;
      const perNode = [members, batch * nodes, hidden];
      const incoming = tf.tile(adjacency, [members, 1, 1]);
      const outgoing = tf.transpose(incoming, [0, 2, 1]);
      const exists = tf.tile(tf.slice(x, [0, 0, 0], [batch, nodes, 1]), [members, 1, 1]);
      const toMean = tf.div(tf.transpose(exists, [0, 2, 1]), nodes);

      let h = linear(p, 'embed', forEveryMember(members, x));
      h = tf.add(h, linear(p, 'narrow', tf.relu(linear(p, 'widen', tf.relu(h)))));
      for (let l = 0; l < layers; l++) {
        const perGraph = tf.reshape(h, [graphs, nodes, hidden]);
        const received = tf.reshape(tf.matMul(incoming, perGraph), perNode);
        const sent = tf.reshape(tf.matMul(outgoing, perGraph), perNode);
        const mean = tf.reshape(tf.matMul(toMean, perGraph), [members, batch, hidden]);
        const own = weigh(p, `conv${l}`, tf.concat([h, received, sent], 2));
        const shared = tf.reshape(weigh(p, `context${l}`, mean), [graphs, 1, hidden]);
        const update = tf.reshape(tf.add(tf.reshape(own, [graphs, nodes, hidden]), shared), perNode);
        const message = dropout(tf.relu(layerNorm(p, `norm${l}`, update)));
        h = tf.add(h, tf.mul(message, p[`strength${l}`]));
      }

      const times = tf.mul(tf.exp(tf.reshape(linear(p, 'time', h), [graphs, nodes, 1])), exists);
      const total = tf.reshape(tf.sum(times, 1), [members, batch]);
      const mean = tf.reshape(tf.matMul(toMean, tf.reshape(h, [graphs, nodes, hidden])), [
        members,
        batch,
        hidden,
      ]);
      const correction = linear(p, 'correction', tf.relu(linear(p, 'summary', mean)));
      return tf.add(tf.div(tf.log(tf.div(total, nodes)), logStd), tf.reshape(correction, [members, batch]));
    },
  };
}

/** Below this many samples a wide network generalises better; above it a narrow one is as good and four times cheaper. */
const FEW_SAMPLES = 500;

/** `gcn`: the default. */
export const gcnKind: PredictorKind = {
  name: 'gcn',
  description: 'additive node times, corrected by a residual graph network',
  encoding: graphEncoding,
  fit(task) {
    const hidden = task.train.latencyMs.length < FEW_SAMPLES ? 64 : 32;
    return fitNetwork(
      'gcn',
      graphEncoding,
      (size, logStd, samples) => gcn(task.space.graph, logStd, samples, size),
      { ...trainingDefaults, hidden, layers: 3, members: 1, dropout: 0.1, weightDecay: 1e-2 },
      task,
    );
  },
};
