import type { NamedTensorMap } from '@tensorflow/tfjs';
import { elements } from '../base/elements.js';
import { tf } from '../nn/engines/tfjs.js';
import type { Network, ParameterSpec } from '../nn/network.js';
import { productOf } from './factors.js';
import type { Replacement } from './node-writer.js';
import { turned } from './weight-matrices.js';

/** A network with factors among its parameters, and the way back to the parameters of the original network. */
export interface LowRankNetwork {
  readonly network: Network;
  /**
   * @param theta parameters of `network`
   * @returns parameters of the original network; its matrices are the products of their factors
   */
  whole(theta: Float32Array): Float32Array;
}

/**
 * A network that has pairs of factors as parameters, and so trains them, in place of matrices. They are
 * multiplied once per batch, so the network computes what matrices of that rank compute.
 *
 * @param network with one member
 * @param replacements matrices by the names of parameters; those without factors stay
 */
export function lowRankNetwork(network: Network, replacements: readonly Replacement[]): LowRankNetwork {
  const factored = new Map(
    replacements.flatMap(({ matrix, factors }) =>
      factors ? [[matrix.tensor, { matrix, factors }] as const] : [],
    ),
  );
  return {
    network: {
      ...network,
      parameters: network.parameters.flatMap((parameter): ParameterSpec[] => {
        const { name } = parameter;
        const found = factored.get(name);
        if (!found) return [parameter];
        const { rows, columns } = found.matrix;
        const { rank, left, right } = found.factors;
        return [
          { name: leftOf(name), shape: [rows, rank], init: { values: left } },
          { name: rightOf(name), shape: [rank, columns], init: { values: right } },
        ];
      }),
      forward: (parameters, inputs, dropout) => network.forward(multiplied(parameters), inputs, dropout),
    },
    whole,
  };

  function multiplied(parameters: NamedTensorMap): NamedTensorMap {
    const products = Array.from(factored, ([name, { matrix }]) => {
      const [left, right] = [parameters[leftOf(name)], parameters[rightOf(name)]];
      // The transpose of L·R is Rᵀ·Lᵀ.
      const product = matrix.transposed ? tf.matMul(right, left, true, true) : tf.matMul(left, right);
      return [name, product] as const;
    });
    return { ...parameters, ...Object.fromEntries(products) };
  }

  function whole(theta: Float32Array): Float32Array {
    let at = 0;
    const next = (size: number) => {
      at += size;
      return theta.subarray(at - size, at);
    };
    const parts = network.parameters.map(({ name, shape }) => {
      const found = factored.get(name);
      if (!found) return next(elements(shape));
      const { rows, columns, transposed } = found.matrix;
      const { rank } = found.factors;
      const factors = { rank, left: next(rows * rank), right: next(rank * columns) };
      const product = productOf(factors, rows, columns);
      return transposed ? turned(product, rows, columns) : product;
    });
    return Float32Array.from(parts.flatMap((part) => Array.from(part)));
  }
}

const leftOf = (name: string) => `${name}.left`;
const rightOf = (name: string) => `${name}.right`;
