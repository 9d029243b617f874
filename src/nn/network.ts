import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs';
import { Random } from '../base/random.js';
import { tf } from './engines/tfjs.js';

/** One trainable tensor of one member. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Initial values: a constant, uniform in ±bound, or all values (of every member), for training that continues. */
  readonly init: number | { readonly uniform: number } | { readonly values: Float32Array };
}

/** An input of a network; a batch of it has shape `[batch, …shape]`. */
export interface InputSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Drops units during training, otherwise the identity. The tensor has shape `[members, row, unit]`. */
export type Dropout = (x: Tensor) => Tensor;

/**
 * An ensemble of networks of the same form with different weights, written in tfjs operations. All members
 * run as one: every parameter has a leading `members` axis.
 */
export interface Network {
  readonly members: number;
  readonly inputs: readonly InputSpec[];
  /** Inputs that a whole batch shares, `[…shape]` each; for example, which of its parts a step trains. */
  readonly stepInputs?: readonly InputSpec[];
  /** Number of values predicted per sample, if they have an axis of their own. */
  readonly outputs?: number;
  readonly parameters: readonly ParameterSpec[];
  /** The noise needed for dropout: how often `forward` drops, rows per sample, units per row. */
  readonly dropoutNoise: { readonly draws: number; readonly rows: number; readonly units: number };
  /** A regularisation term of the parameters, a scalar that is added to each member's loss. */
  penalty?(parameters: NamedTensorMap): Scalar;
  /** @returns `[members, batch]`, or with outputs `[members, batch, outputs]` */
  forward(parameters: NamedTensorMap, inputs: NamedTensorMap, dropout: Dropout): Tensor;
}

/** Number of parameters of all members together. */
export function parameterCount(network: Network): number {
  return (
    network.members * network.parameters.reduce((sum, p) => sum + tf.util.sizeFromShape([...p.shape]), 0)
  );
}

/** All parameters of all members in one vector, in the order of `network.parameters`. */
export function initialParameters(network: Network, seed: number): Float32Array {
  const random = new Random(seed);
  const theta = new Float32Array(parameterCount(network));
  let offset = 0;
  for (const { shape, init } of network.parameters) {
    const size = network.members * tf.util.sizeFromShape([...shape]);
    if (typeof init === 'number') theta.fill(init, offset, offset + size);
    else if ('values' in init) theta.set(init.values, offset);
    else for (let i = offset; i < offset + size; i++) theta[i] = (2 * random.uniform() - 1) * init.uniform;
    offset += size;
  }
  return theta;
}

/** The network with the given initial parameters, of all members in the order of `network.parameters`. */
export function startingFrom(network: Network, theta: Float32Array): Network {
  let offset = 0;
  const parameters = network.parameters.map(({ name, shape }): ParameterSpec => {
    const size = network.members * tf.util.sizeFromShape([...shape]);
    offset += size;
    return { name, shape, init: { values: theta.subarray(offset - size, offset) } };
  });
  return { ...network, parameters };
}

/** Cuts the parameter vector into named tensors of shape `[members, …shape]`. */
export function unpackParameters(network: Network, theta: Tensor): NamedTensorMap {
  const tensors: NamedTensorMap = {};
  let offset = 0;
  for (const { name, shape } of network.parameters) {
    const full = [network.members, ...shape];
    const size = tf.util.sizeFromShape(full);
    tensors[name] = tf.reshape(tf.slice(theta, [offset], [size]), full);
    offset += size;
  }
  return tensors;
}
