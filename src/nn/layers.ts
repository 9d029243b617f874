import type { Tensor, Tensor3D } from '@tensorflow/tfjs';
import type { ParameterSpec } from './network.js';
import { tf } from './tfjs.js';

/**
 * Layers of an ensemble: `x` is `[member, row, unit]` and every parameter has a leading member axis.
 * A layer is a pair: what parameters it needs, and what it does with them.
 */
type Parameters = Record<string, Tensor>;

/** Weights and bias of a linear layer, uniform in ±1/√inputs. */
export function linearParameters(name: string, inputs: number, outputs: number): ParameterSpec[] {
  const uniform = 1 / Math.sqrt(inputs);
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init: { uniform } },
    { name: `${name}.bias`, shape: [1, outputs], init: 0 },
  ];
}

/** x·W + b, `[member, row, inputs]` → `[member, row, outputs]`. */
export function linear(parameters: Parameters, name: string, x: Tensor): Tensor {
  return tf.add(tf.matMul(x, parameters[`${name}.weight`]), parameters[`${name}.bias`]);
}

export function layerNormParameters(name: string, units: number): ParameterSpec[] {
  return [
    { name: `${name}.gain`, shape: [1, units], init: 1 },
    { name: `${name}.shift`, shape: [1, units], init: 0 },
  ];
}

/** Normalises each row over its units (Ba et al., arXiv:1607.06450, eq. 4). */
export function layerNorm(parameters: Parameters, name: string, x: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normal = tf.div(centred, tf.sqrt(tf.add(variance, 1e-5)));
  return tf.add(tf.mul(normal, parameters[`${name}.gain`]), parameters[`${name}.shift`]);
}

/**
 * Sends each node's vector along the edges of its graph.
 * @param adjacency `[member·batch, node, node]`, entry `[to, from]`
 * @param x `[member, batch·node, unit]`
 */
export function propagate(adjacency: Tensor, x: Tensor): Tensor {
  const [graphs, nodes] = adjacency.shape;
  const units = x.shape[2] ?? 1;
  const perGraph = tf.reshape(x, [graphs, nodes, units]) as Tensor3D;
  return tf.reshape(tf.matMul(adjacency as Tensor3D, perGraph), x.shape);
}
