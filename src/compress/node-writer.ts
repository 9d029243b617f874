import type { GraphBuilder } from '../onnx/write/graph-builder.js';
import type { Factors } from './factors.js';
import type { WeightMatrix } from './weight-matrices.js';

/** A matrix and its replacement; without factors it stays. */
export interface Replacement {
  readonly matrix: WeightMatrix;
  readonly factors?: Factors;
}

/** Writes the nodes that replace one node, and constants that are shared by all. */
export interface NodeWriter {
  readonly builder: GraphBuilder;
  /** Version of the default operator set. */
  readonly operatorSet: number;
  /** Adds a constant to the model, once per name, and returns its name. */
  constant(name: string, values: () => Float32Array, shape: readonly number[]): string;
}

/** Both factors as constants, `[rows, rank]` and `[rank, columns]`. */
export function factorConstants(
  { constant }: NodeWriter,
  { name, rows, columns }: WeightMatrix,
  { rank, left, right }: Factors,
): { left: string; right: string } {
  return {
    left: constant(`${name}.left`, () => left, [rows, rank]),
    right: constant(`${name}.right`, () => right, [rank, columns]),
  };
}
