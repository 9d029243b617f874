import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import {
  forEveryMember,
  layerNorm,
  layerNormParameters,
  linear,
  linearParameters,
  weigh,
  weightParameters,
} from '../nn/layers.js';
import type { Dropout, Network } from '../nn/network.js';
import { tf } from '../nn/tfjs.js';
import type { GraphLayout } from '../spaces/space.js';
import { graphEncoding } from './encoding.js';
import { fitNetwork, type NetworkSize, trainingDefaults } from './neural.js';
import type { PredictorKind } from './predictor.js';

/**
 * A residual graph network for latency. Each layer shows a node itself, the sum of what flows in, the sum of
 * what it feeds, and the mean of the graph. The read-out has latency's own structure: every node contributes
 * a positive time exp(sᵢ), the times add up, and a small network corrects the sum for what isn't additive
 * (overlap, fusion, caches).
 *
 * @param logStd standard deviation of the log latency: the read-out adds times, the target is standardised
 */
export function gcn({ nodes, features }: GraphLayout, logStd: number, options: NetworkSize): Network {
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
      ...Array.from({ length: layers }, (_, l) => [
        ...weightParameters(`conv${l}`, 3 * hidden, hidden),
        ...weightParameters(`context${l}`, hidden, hidden),
        ...layerNormParameters(`norm${l}`, hidden),
      ]).flat(),
      ...linearParameters('time', hidden, 1),
      ...linearParameters('summary', hidden, hidden),
      ...linearParameters('correction', hidden, 1),
    ],
    forward(p: NamedTensorMap, { features: x, adjacency }: NamedTensorMap, dropout: Dropout): Tensor {
      const batch = x.shape[0];
      const graphs = members * batch;
      const perNode = [members, batch * nodes, hidden];
      const incoming = tf.tile(adjacency, [members, 1, 1]);
      const outgoing = tf.transpose(incoming, [0, 2, 1]);
      const exists = tf.tile(tf.slice(x, [0, 0, 0], [batch, nodes, 1]), [members, 1, 1]);
      const toMean = tf.div(tf.transpose(exists, [0, 2, 1]), nodes);

      let h = linear(p, 'embed', forEveryMember(members, x));
      for (let l = 0; l < layers; l++) {
        const perGraph = tf.reshape(h, [graphs, nodes, hidden]);
        const received = tf.reshape(tf.matMul(incoming, perGraph), perNode);
        const sent = tf.reshape(tf.matMul(outgoing, perGraph), perNode);
        const mean = tf.reshape(tf.matMul(toMean, perGraph), [members, batch, hidden]);
        const own = weigh(p, `conv${l}`, tf.concat([h, received, sent], 2));
        const shared = tf.reshape(weigh(p, `context${l}`, mean), [graphs, 1, hidden]);
        const update = tf.reshape(tf.add(tf.reshape(own, [graphs, nodes, hidden]), shared), perNode);
        h = tf.add(h, dropout(tf.relu(layerNorm(p, `norm${l}`, update))));
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

/** `gcn`: the default. Two small members cost less than one wide network and disagree usefully. */
export const gcnKind: PredictorKind = {
  name: 'gcn',
  description: 'residual graph network with an additive read-out',
  encoding: graphEncoding,
  fit: (task) =>
    fitNetwork(
      'gcn',
      graphEncoding,
      (size, logStd) => gcn(task.space.graph, logStd, size),
      { hidden: 64, layers: 3, members: 1, ...trainingDefaults },
      task,
    ),
};
