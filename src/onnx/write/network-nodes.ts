import type { Shape } from '../../network/operator.js';
import type { DataType } from '../proto.js';
import type { Dimension, GraphBuilder } from './graph-builder.js';
import type { RandomWeights } from './random-weights.js';

/** A value of the ONNX graph. `shape` excludes the batch, which is always the first dimension. */
export interface BatchedTensor {
  readonly value: string;
  readonly shape: Shape;
  readonly type: DataType;
}

/** The ONNX graph to which a network's operators are written. */
export interface NetworkNodes {
  readonly g: GraphBuilder;
  readonly weights: RandomWeights;
  readonly batch: Dimension;
  /** An input of the network, whose first dimension is the batch. */
  readonly batched: string;
}

/** An int64 value that holds a shape with the batch as its first dimension. */
export function fullShape({ g, batch, batched }: NetworkNodes, shape: Shape): string {
  if (typeof batch === 'number') return g.ints([batch, ...shape]);
  const whole = g.node('Shape', [batched], { start: 0, end: 1 });
  return g.node('Concat', [whole, g.ints(shape)], { axis: 0 });
}

/** ONNX aligns shapes, including the batch, from the last dimension, so lower ranks get ones after the batch. */
export function withRank({ g }: NetworkNodes, { value, shape }: BatchedTensor, rank: number): string {
  if (shape.length >= rank) return value;
  return g.node('Unsqueeze', [value, g.ints(Array.from({ length: rank - shape.length }, (_, i) => i + 1))]);
}
