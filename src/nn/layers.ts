import type { Tensor } from '@tensorflow/tfjs';
import { tf } from './engines/tfjs.js';
import type { ParameterSpec } from './network.js';
import { standardise } from './standardise.js';

/**
 * Layers of an ensemble: `x` is `[member, row, unit]`, and every parameter has a leading member axis. A layer
 * is a pair of functions: one returns its parameters, the other applies them.
 */
type Parameters = Record<string, Tensor>;

/** A weight matrix, uniform in ±1/√inputs. */
export function weightParameters(name: string, inputs: number, outputs: number): ParameterSpec[] {
  return [{ name: `${name}.weight`, shape: [inputs, outputs], init: { uniform: 1 / Math.sqrt(inputs) } }];
}

/** x·W, for layers followed by a normalisation that has a bias. */
export function weigh(parameters: Parameters, name: string, x: Tensor): Tensor {
  return tf.matMul(x, parameters[`${name}.weight`]);
}

/** A linear layer whose initial output is zero. */
export function silentParameters(name: string, inputs: number, outputs: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], init: 0 },
    { name: `${name}.bias`, shape: [1, outputs], init: 0 },
  ];
}

/** Weights and bias of a linear layer. */
export function linearParameters(name: string, inputs: number, outputs: number): ParameterSpec[] {
  return [...weightParameters(name, inputs, outputs), { name: `${name}.bias`, shape: [1, outputs], init: 0 }];
}

/** x·W + b, `[member, row, inputs]` → `[member, row, outputs]`. */
export function linear(parameters: Parameters, name: string, x: Tensor): Tensor {
  return tf.add(weigh(parameters, name, x), parameters[`${name}.bias`]);
}

export function layerNormParameters(name: string, units: number): ParameterSpec[] {
  return [
    { name: `${name}.gain`, shape: [1, units], init: 1 },
    { name: `${name}.shift`, shape: [1, units], init: 0 },
  ];
}

/** Normalises each row over its units (Ba et al., arXiv:1607.06450, eq. 4). */
export function layerNorm(parameters: Parameters, name: string, x: Tensor): Tensor {
  return tf.add(tf.mul(standardise(x), parameters[`${name}.gain`]), parameters[`${name}.shift`]);
}

/** Repeats the input for every member: `[batch, row, unit]` → `[members, batch·row, unit]`. */
export function forEveryMember(members: number, x: Tensor): Tensor {
  const [batch, rows, units] = x.shape as [number, number, number];
  return tf.tile(tf.reshape(x, [1, batch * rows, units]), [members, 1, 1]);
}
