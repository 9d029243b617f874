import type { GraphBuilder } from '../onnx/write/graph-builder.js';
import type { Factors } from './factors.js';
import type { WeightMatrix } from './weight-matrices.js';

/** A matrix and what takes its place; without factors it stays. */
export interface Replacement {
  readonly matrix: WeightMatrix;
  readonly factors?: Factors;
}

/** Writes nodes in place of one, and constants for all. */
export interface NodeWriter {
  readonly builder: GraphBuilder;
  /** Of ONNX's own operators. */
  readonly operatorSet: number;
  /** The name of a constant of the model, which is written once. */
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
