import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import {
  forEveryMember,
  layerNorm,
  layerNormParameters,
  linear,
  linearParameters,
  weigh,
  weightParameters,
} from '../../nn/layers.js';
import type { Dropout, Network } from '../../nn/network.js';
import { trainingDefaults } from '../../nn/training.js';
import type { GraphLayout } from '../../spaces/predictor-graph.js';
import { graphEncoding } from '../encodings/encoding.js';
import type { FitTask, FittedModel } from '../predictor.js';
import { fitNetwork, type NetworkSize } from './neural.js';

/**
 * The GCN of BRP-NAS (Dudziak et al., arXiv:2007.08668, section 3.1): layers of ReLU(LayerNorm(A·X·W)) over a
 * directed adjacency with self-loops, a global node connected to all others, and a linear layer that reads
 * the global node.
 *
 * @param options.outputs values per network, 1 by default; with more, the output is `[members, batch,
 *   outputs]`
 * @param options.extras length of a further input, `extras`, that the last layer reads besides the global
 *   node
 */
export function brpGcn(
  { nodes, features }: GraphLayout,
  options: NetworkSize & { readonly outputs?: number; readonly extras?: number },
): Network {
  const { members, hidden, layers, outputs = 1, extras = 0 } = options;
  const units = features.length;
  return {
    members,
    inputs: [
      { name: 'features', shape: [nodes, units] },
      { name: 'adjacency', shape: [nodes, nodes] },
      ...(extras > 0 ? [{ name: 'extras', shape: [1, extras] }] : []),
    ],
    dropoutNoise: { draws: layers - 1, rows: nodes, units: hidden },
    parameters: [
      ...Array.from({ length: layers }, (_, l) => [
        ...weightParameters(`conv${l}`, l === 0 ? units : hidden, hidden),
        ...layerNormParameters(`norm${l}`, hidden),
      ]).flat(),
      ...linearParameters('readout', hidden + extras, outputs),
    ],
    forward(p: NamedTensorMap, inputs: NamedTensorMap, dropout: Dropout): Tensor {
      const { features: x, adjacency: a } = inputs;
      const batch = x.shape[0];
      const edges = tf.tile(tf.add(a, tf.eye(nodes)), [members, 1, 1]);
      const everyNode = tf.transpose(
        tf.tile(tf.slice(x, [0, 0, 0], [batch, nodes, 1]), [members, 1, 1]),
        [0, 2, 1],
      );
      let h = forEveryMember(members, x);
      let width = units;
      for (let l = 0; l < layers; l++) {
        // The global node is only read after the last layer, and its previous state is the sum of the
        // others', so it is only computed there.
        const last = l === layers - 1;
        const perGraph = tf.reshape(h, [members * batch, nodes, width]);
        const messages = tf.matMul(last ? everyNode : edges, perGraph);
        const rows = last ? batch : batch * nodes;
        const conv = weigh(p, `conv${l}`, tf.reshape(messages, [members, rows, width]));
        h = tf.relu(layerNorm(p, `norm${l}`, conv));
        if (!last) h = dropout(h);
        width = hidden;
      }
      if (extras > 0) h = tf.concat([h, forEveryMember(members, inputs.extras)], 2);
      const read = linear(p, 'readout', h);
      return outputs === 1 ? tf.reshape(read, [members, batch]) : read;
    },
  };
}

/** The published latency predictor, with the optimiser's settings adapted to mini-batches. */
export const fitBrpGcn = (task: FitTask): Promise<FittedModel> =>
  fitNetwork(
    {
      kind: 'brp-gcn',
      encoding: graphEncoding,
      defaults: { hidden: 128, layers: 4, members: 1, ...trainingDefaults, epochs: 250, loss: 'l1' },
      build: (size) => brpGcn(task.space.graph, size),
    },
    task,
  );
