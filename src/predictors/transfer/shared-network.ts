import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../nn/engines/tfjs.js';
import { linear, linearParameters, weigh, weightParameters } from '../../nn/layers.js';
import type { Dropout, Network } from '../../nn/network.js';
import type { GraphLayout } from '../../spaces/predictor-graph.js';
import { graphTrunk, heldAtZero } from '../networks/graph-trunk.js';

/** The size of the multi-device network. */
export interface SharedSize {
  readonly hidden: number;
  readonly layers: number;
  /** Number of values that distinguish one device from another. */
  readonly embedding: number;
}

/** The network's readings of a batch of graphs. */
export interface Readings {
  /** `[batch, devices]`: log latency on every device, less the device's mean and divided by `logStd`. */
  readonly latencies: Tensor;
  /** `[batch, nodes, embedding]`: the scalar product with a device's embedding is a node's log time. */
  readonly nodes: Tensor;
  /** `[batch, embedding]`: likewise for the correction of the whole graph. */
  readonly graph: Tensor;
}

/** One graph network for many devices. As a `Network`, it has a third input, `device`, one-hot. */
export interface SharedNetwork extends Network {
  read(p: NamedTensorMap, inputs: NamedTensorMap, dropout?: Dropout): Readings;
}

/**
 * The residual graph network of `gcn` for many devices at once. All devices share the trunk; a learned
 * embedding e per device reads it: node i takes the time exp(zᵢ·e), times add up, and q·e corrects the sum. A
 * new device is a new embedding.
 *
 * @param logStd standard deviation of the centred log latencies over all devices
 * @param samples number of training samples
 */
export function sharedNetwork(
  layout: GraphLayout,
  devices: number,
  logStd: number,
  samples: number,
  { hidden, layers, embedding }: SharedSize,
): SharedNetwork {
  const { nodes, features } = layout;
  const trunk = graphTrunk(layout, { members: 1, hidden, layers });
  const read: SharedNetwork['read'] = (p, inputs, dropout = (x) => x) => {
    const batch = inputs.features.shape[0];
    const { states, mean, exists } = trunk.run(p, inputs, dropout);
    const z = linear(p, 'time', states);
    const q = weigh(p, 'correction', tf.relu(linear(p, 'summary', mean)));
    const logTimes = tf.reshape(weigh(p, 'device', z), [batch, nodes, devices]);
    const total = tf.sum(tf.mul(tf.exp(logTimes), exists), 1);
    const correction = tf.reshape(weigh(p, 'device', q), [batch, devices]);
    const centred = tf.add(correction, tf.reshape(p['device.bias'], [1, devices]));
    return {
      latencies: tf.add(tf.div(tf.log(tf.div(total, nodes)), logStd), centred),
      nodes: tf.reshape(z, [batch, nodes, embedding]),
      graph: tf.reshape(q, [batch, embedding]),
    };
  };
  return {
    members: 1,
    inputs: [
      { name: 'features', shape: [nodes, features.length] },
      { name: 'adjacency', shape: [nodes, nodes] },
      { name: 'device', shape: [devices] },
    ],
    dropoutNoise: { draws: layers, rows: nodes, units: hidden },
    parameters: [
      ...trunk.parameters,
      ...linearParameters('time', hidden, embedding),
      ...linearParameters('summary', hidden, hidden),
      { name: 'correction.weight', shape: [hidden, embedding], init: 0 },
      ...weightParameters('device', embedding, devices),
      { name: 'device.bias', shape: [1, devices], init: 0 },
    ],
    penalty: (p) => heldAtZero([...trunk.held, 'correction.weight'], p, samples),
    forward(p, inputs, dropout) {
      const { latencies } = read(p, inputs, dropout);
      return tf.reshape(tf.sum(tf.mul(latencies, inputs.device), 1), [1, -1]);
    },
    read,
  };
}
