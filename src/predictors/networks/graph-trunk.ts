import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs';
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
import type { Dropout, ParameterSpec } from '../../nn/network.js';
import type { GraphLayout } from '../../spaces/predictor-graph.js';
import type { NetworkSize } from './neural.js';

/** Weight of the prior, in samples per unit of squared parameter. */
const PRIOR = 5;

/** A penalty that holds parameters at zero, by a prior worth a certain number of samples. */
export function heldAtZero(names: readonly string[], p: NamedTensorMap, samples: number): Scalar {
  return tf.mul(tf.addN<Scalar>(names.map((name) => tf.sum(tf.square(p[name])))), PRIOR / samples);
}

/** The trunk's result for a batch of graphs. */
export interface TrunkStates {
  /** `[members, batch·nodes, hidden]`. */
  readonly states: Tensor;
  /** `[members, batch, hidden]`: sum of the states of existing nodes, divided by the layout's number of nodes. */
  readonly mean: Tensor;
  /** `[members·batch, nodes, 1]`: 1 for an existing node, otherwise 0. */
  readonly exists: Tensor;
}

/** The part of the graph networks that turns graphs into node states, independent of the read-out. */
export interface GraphTrunk {
  readonly parameters: readonly ParameterSpec[];
  /** Names of the parameters that a prior holds at zero. */
  readonly held: readonly string[];
  /** @param inputs `features [batch, nodes, features]` and `adjacency [batch, nodes, nodes]` */
  run(p: NamedTensorMap, inputs: NamedTensorMap, dropout: Dropout): TrunkStates;
}

/**
 * Node states start from each node's own features. Layers then add what they learn from the node's inputs,
 * its readers, and the mean of the graph. These messages are scaled by `strength`, which starts at zero as in
 * ReZero (arXiv:2003.04887).
 */
export function graphTrunk({ nodes, features }: GraphLayout, options: NetworkSize): GraphTrunk {
  const { members, hidden, layers } = options;
  return {
    parameters: [
      ...linearParameters('embed', features.length, hidden),
      ...linearParameters('widen', hidden, hidden),
      ...linearParameters('narrow', hidden, hidden),
      ...Array.from({ length: layers }, (_, l) => [
        ...weightParameters(`conv${l}`, 3 * hidden, hidden),
        ...weightParameters(`context${l}`, hidden, hidden),
        ...layerNormParameters(`norm${l}`, hidden),
        { name: `strength${l}`, shape: [1, hidden], init: 0 },
      ]).flat(),
    ],
    held: Array.from({ length: layers }, (_, l) => `strength${l}`),
    run(p, { features: x, adjacency }, dropout) {
      const batch = x.shape[0];
      const graphs = members * batch;
      const perNode = [members, batch * nodes, hidden];
      const incoming = tf.tile(adjacency, [members, 1, 1]);
      const outgoing = tf.transpose(incoming, [0, 2, 1]);
      const exists = tf.tile(tf.slice(x, [0, 0, 0], [batch, nodes, 1]), [members, 1, 1]);
      const toMean = tf.div(tf.transpose(exists, [0, 2, 1]), nodes);
      const meanOf = (h: Tensor) =>
        tf.reshape(tf.matMul(toMean, tf.reshape(h, [graphs, nodes, hidden])), [members, batch, hidden]);

      let h = linear(p, 'embed', forEveryMember(members, x));
      h = tf.add(h, linear(p, 'narrow', tf.relu(linear(p, 'widen', tf.relu(h)))));
      for (let l = 0; l < layers; l++) {
        const perGraph = tf.reshape(h, [graphs, nodes, hidden]);
        const received = tf.reshape(tf.matMul(incoming, perGraph), perNode);
        const sent = tf.reshape(tf.matMul(outgoing, perGraph), perNode);
        const own = weigh(p, `conv${l}`, tf.concat([h, received, sent], 2));
        const shared = tf.reshape(weigh(p, `context${l}`, meanOf(h)), [graphs, 1, hidden]);
        const update = tf.reshape(tf.add(tf.reshape(own, [graphs, nodes, hidden]), shared), perNode);
        const message = dropout(tf.relu(layerNorm(p, `norm${l}`, update)));
        h = tf.add(h, tf.mul(message, p[`strength${l}`]));
      }
      return { states: h, mean: meanOf(h), exists };
    },
  };
}
