import { InputError, quote } from '../../base/errors.js';
import type {
  Arithmetic,
  Concat,
  Input,
  Operator,
  Pad,
  Pool,
  Reduce,
  Reshape,
  Resize,
  Shape,
  Slice,
  Transpose,
} from '../../network/operator.js';
import { DataType } from '../proto.js';
import { elementwiseNodes } from './elementwise-nodes.js';
import type { GraphBuilder } from './graph-builder.js';
import {
  batchNormNodes,
  convolutionNodes,
  embeddingNodes,
  groupNormNodes,
  layerNormNodes,
  linearNodes,
  parameterNodes,
  rmsNormNodes,
} from './learned-nodes.js';
import { type BatchedTensor, fullShape, type NetworkNodes, withRank } from './network-nodes.js';

const ARITHMETIC: Record<Arithmetic['kind'], string> = {
  add: 'Add',
  mul: 'Mul',
  subtract: 'Sub',
  divide: 'Div',
  power: 'Pow',
  maximum: 'Max',
  minimum: 'Min',
};

/**
 * Appends an operator of `src/network` as ONNX nodes (opset 17), whose axes include the batch.
 *
 * @param inputs tensors that it reads
 * @param shape of the tensor that it writes, without the batch
 * @returns the float32 value that it writes
 * @throws InputError for an operator that cannot be written
 */
export function operatorNodes(
  nodes: NetworkNodes,
  name: string,
  operator: Exclude<Operator, Input>,
  inputs: readonly BatchedTensor[],
  shape: Shape,
): string {
  const { g } = nodes;
  if (operator.kind === 'parameter') return parameterNodes(nodes, name, shape);
  if (operator.kind === 'embedding') return embeddingNodes(nodes, name, operator, inputs[0]);
  const read = inputs.map((input) => asFloat(nodes, input));
  const [x] = read;
  switch (operator.kind) {
    case 'conv2d':
    case 'convTranspose2d':
      return convolutionNodes(nodes, name, operator, x);
    case 'linear':
      return linearNodes(nodes, name, operator, x);
    case 'batchNorm':
      return batchNormNodes(nodes, name, x);
    case 'groupNorm':
      return groupNormNodes(nodes, name, operator.groups, x);
    case 'layerNorm':
      return layerNormNodes(nodes, name, operator.dimensions, x);
    case 'rmsNorm':
      return rmsNormNodes(nodes, name, operator.dimensions, x);
    case 'softmax':
      return g.node('Softmax', [x.value], { axis: operator.axis + 1 });
    case 'maxPool':
    case 'avgPool':
      return poolNode(g, operator, x.value);
    case 'globalAvgPool':
      return g.node('GlobalAveragePool', [x.value]);
    case 'globalMaxPool':
      return g.node('GlobalMaxPool', [x.value]);
    case 'reduceMean':
    case 'reduceSum':
    case 'reduceMax':
      return reductionNode(g, operator, x.value);
    case 'add':
    case 'mul':
    case 'subtract':
    case 'divide':
    case 'power':
    case 'maximum':
    case 'minimum':
      return read
        .map((tensor) => withRank(nodes, tensor, shape.length))
        .reduce((left, right) => g.node(ARITHMETIC[operator.kind], [left, right]));
    case 'matmul':
      return g.node(
        'MatMul',
        read.map((tensor) => withRank(nodes, tensor, shape.length)),
      );
    case 'concat':
    case 'slice':
    case 'reshape':
    case 'transpose':
    case 'pad':
    case 'resize':
      return layoutNode(
        nodes,
        operator,
        read.map(({ value }) => value),
        shape,
      );
    case 'flatten':
      return g.node('Flatten', [x.value], { axis: 1 });
    case 'output':
      return x.value;
    case 'identity':
      return g.node('Identity', [x.value]);
    case 'zeroize':
      return g.node('Mul', [x.value, g.scalar(0)]);
    case 'other':
      throw new InputError(`operator ${quote(name)} is ONNX's ${operator.operator}, which is not written`);
    default:
      return elementwiseNodes(g, operator.kind, x.value);
  }
}

/** Converts tokens that are used as numbers. */
function asFloat({ g }: NetworkNodes, tensor: BatchedTensor): BatchedTensor {
  if (tensor.type === DataType.float) return tensor;
  return { ...tensor, value: g.node('Cast', [tensor.value], { to: DataType.float }), type: DataType.float };
}

function poolNode(g: GraphBuilder, { kind, kernel, stride, padding, ceil }: Pool, x: string): string {
  return g.node(kind === 'maxPool' ? 'MaxPool' : 'AveragePool', [x], {
    kernel_shape: kernel,
    strides: stride,
    pads: padding,
    ceil_mode: Number(ceil),
  });
}

function reductionNode(g: GraphBuilder, operator: Reduce, x: string): string {
  const axes = operator.axes.map((axis) => axis + 1);
  const keepdims = Number(operator.keepDimensions);
  // ONNX would take an empty list of axes to mean all of them.
  if (axes.length === 0) return g.node('Identity', [x]);
  // In opset 17, only ReduceSum has its axes as an input.
  if (operator.kind === 'reduceSum') return g.node('ReduceSum', [x, g.ints(axes)], { keepdims });
  return g.node(operator.kind === 'reduceMean' ? 'ReduceMean' : 'ReduceMax', [x], { axes, keepdims });
}

/** Operators that move values without computing any, except for the interpolation of `resize`. */
function layoutNode(
  nodes: NetworkNodes,
  operator: Concat | Slice | Reshape | Transpose | Pad | Resize,
  read: readonly string[],
  shape: Shape,
): string {
  const { g } = nodes;
  const [x] = read;
  switch (operator.kind) {
    case 'concat':
      return g.node('Concat', read, { axis: operator.axis + 1 });
    case 'slice': {
      const { axis, start, end } = operator;
      return g.node('Slice', [x, g.ints([start]), g.ints([end]), g.ints([axis + 1])]);
    }
    case 'reshape':
      return g.node('Reshape', [x, g.ints([0, ...shape])]);
    case 'transpose':
      return g.node('Transpose', [x], { perm: [0, ...operator.permutation.map((axis) => axis + 1)] });
    case 'pad': {
      const [top, left, bottom, right] = operator.padding;
      return g.node('Pad', [x, g.ints([0, 0, top, left, 0, 0, bottom, right])]);
    }
    case 'resize':
      return g.node('Resize', [x, '', '', fullShape(nodes, shape)], { mode: 'linear' });
  }
}
