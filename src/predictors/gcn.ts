import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { layerNorm, layerNormParameters, linear, linearParameters, propagate } from '../nn/layers.js';
import type { Dropout, Network } from '../nn/network.js';
import { tf } from '../nn/tfjs.js';

export interface GcnOptions { members: number; hidden: number; layers: number; nodes: number; features: number }

export function plainGcn(o: GcnOptions): Network {
  const { members, hidden, layers, nodes, features } = o;
  return {
    members,
    inputs: [{ name: 'features', shape: [nodes, features] }, { name: 'adjacency', shape: [nodes, nodes] }],
    dropoutNoise: { draws: layers, rows: nodes, units: hidden },
    parameters: [
      ...Array.from({ length: layers }, (_, l) => [
        ...linearParameters(`conv${l}`, l === 0 ? features : hidden, hidden),
        ...layerNormParameters(`norm${l}`, hidden),
      ]).flat(),
      ...linearParameters('readout', hidden, 1),
    ],
    forward(p: NamedTensorMap, x: NamedTensorMap, dropout: Dropout): Tensor {
      const batch = x.features.shape[0];
      let h: Tensor = tf.tile(tf.reshape(x.features, [1, batch * nodes, features]), [members, 1, 1]);
      const a = tf.tile(x.adjacency, [members, 1, 1]);
      for (let l = 0; l < layers; l++) {
        h = dropout(tf.relu(layerNorm(p, `norm${l}`, linear(p, `conv${l}`, propagate(a, h)))));
      }
      const last = tf.slice(tf.reshape(h, [members, batch, nodes, hidden]), [0, 0, nodes - 1, 0], [members, batch, 1, hidden]);
      return tf.reshape(linear(p, 'readout', tf.reshape(last, [members, batch, hidden])), [members, batch]);
    },
  };
}
