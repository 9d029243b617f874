import { InputError, quote } from '../../base/errors.js';
import type { Arithmetic, Input, Operator, Shape } from '../../network/operator.js';
import { DataType } from '../proto.js';
import { elementwiseNodes } from './elementwise-nodes.js';
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
 * Appends an operator of `src/network` as ONNX nodes (opset 17), whose axes count the batch.
 *
 * @param inputs tensors that it reads
 * @param shape of the tensor that it writes, without the batch
 * @returns the float32 value that it writes
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
      return g.node(operator.kind === 'maxPool' ? 'MaxPool' : 'AveragePool', [x.value], {
        kernel_shape: operator.kernel,
        strides: operator.stride,
        pads: operator.padding,
        ceil_mode: Number(operator.ceil),
      });
    case 'globalAvgPool':
      return g.node('GlobalAveragePool', [x.value]);
    case 'globalMaxPool':
      return g.node('GlobalMaxPool', [x.value]);
    case 'reduceMean':
    case 'reduceSum':
    case 'reduceMax': {
      const axes = operator.axes.map((axis) => axis + 1);
      const keepdims = Number(operator.keepDimensions);
      // ONNX takes no axes for all of them.
      if (axes.length === 0) return g.node('Identity', [x.value]);
      // In opset 17 the sum alone has its axes as an input.
      if (operator.kind === 'reduceSum') return g.node('ReduceSum', [x.value, g.ints(axes)], { keepdims });
      return g.node(operator.kind === 'reduceMean' ? 'ReduceMean' : 'ReduceMax', [x.value], {
        axes,
        keepdims,
      });
    }
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
      return g.node(
        'Concat',
        read.map(({ value }) => value),
        { axis: operator.axis + 1 },
      );
    case 'slice': {
      const { axis, start, end } = operator;
      return g.node('Slice', [x.value, g.ints([start]), g.ints([end]), g.ints([axis + 1])]);
    }
    case 'reshape':
      return g.node('Reshape', [x.value, g.ints([0, ...shape])]);
    case 'flatten':
      return g.node('Flatten', [x.value], { axis: 1 });
    case 'transpose':
      return g.node('Transpose', [x.value], { perm: [0, ...operator.permutation.map((axis) => axis + 1)] });
    case 'pad': {
      const [top, left, bottom, right] = operator.padding;
      return g.node('Pad', [x.value, g.ints([0, 0, top, left, 0, 0, bottom, right])]);
    }
    case 'resize':
      return g.node('Resize', [x.value, '', '', fullShape(nodes, shape)], { mode: 'linear' });
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

/** Tokens that are read as numbers. */
function asFloat({ g }: NetworkNodes, tensor: BatchedTensor): BatchedTensor {
  if (tensor.type === DataType.float) return tensor;
  return { ...tensor, value: g.node('Cast', [tensor.value], { to: DataType.float }), type: DataType.float };
}
