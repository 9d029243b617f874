import { InputError, quote } from '../../base/errors.js';
import type { Elementwise, Operator, Padding, Pair, Shape } from '../../network/operator.js';
import type { NodeContext } from './read-network.js';

const ELEMENTWISE: Readonly<Record<string, Elementwise['kind']>> = {
  Relu: 'relu',
  LeakyRelu: 'leakyRelu',
  Elu: 'elu',
  Sigmoid: 'sigmoid',
  HardSigmoid: 'hardSigmoid',
  HardSwish: 'hardSwish',
  Gelu: 'gelu',
  Mish: 'mish',
  Softplus: 'softplus',
  Tanh: 'tanh',
  Erf: 'erf',
  Exp: 'exp',
  Log: 'log',
  Sqrt: 'sqrt',
  Reciprocal: 'reciprocal',
  Neg: 'negate',
  Abs: 'abs',
};

const ARITHMETIC = {
  Add: 'add',
  Sum: 'add',
  Mul: 'mul',
  Sub: 'subtract',
  Div: 'divide',
  Pow: 'power',
  Max: 'maximum',
  Min: 'minimum',
} as const;

/**
 * What an ONNX node does, as an operator of `src/network`. Arithmetic with constants passes its tensor on, as runtimes
 * fold it.
 *
 * @returns undefined for a node that changes nothing
 * @throws InputError if there is no such operator, or it reads what has to be known before
 */
export function readOperator(context: NodeContext): Operator | undefined {
  const { opType } = context.node;
  const known = ELEMENTWISE[opType];
  if (known) return { kind: known };
  if (opType in ARITHMETIC) return arithmetic(context, ARITHMETIC[opType as keyof typeof ARITHMETIC]);
  const { int, ints } = attributesOf(context);
  const shape = context.shapeOf(0);
  if (!shape) throw new InputError(`${opType} reads no tensor of the network`);
  switch (opType) {
    case 'Identity':
    case 'Dropout':
    case 'Cast':
      return undefined;
    case 'Conv':
      return convolution(context, shape);
    case 'Gemm':
      return linear(context, int('transB', 0) === 1 ? 0 : 1, context.node.input.length > 2);
    case 'MatMul':
      return context.constantOf(1) ? linear(context, 1, false) : { kind: 'matmul' };
    case 'BatchNormalization':
      return { kind: 'batchNorm' };
    case 'LayerNormalization': {
      const axis = int('axis', -1);
      return { kind: 'layerNorm', dimensions: axis < 0 ? -axis : shape.length + 1 - axis };
    }
    case 'Clip':
      return { kind: context.constantOf(2)?.values?.[0] === 6 ? 'relu6' : 'clip' };
    case 'MaxPool':
    case 'AveragePool': {
      const kernel = pair(ints('kernel_shape', []));
      return {
        kind: opType === 'MaxPool' ? 'maxPool' : 'avgPool',
        kernel,
        stride: pair(ints('strides', [1, 1])),
        padding: padding(context, shape, kernel),
        ceil: int('ceil_mode', 0) === 1,
      };
    }
    case 'GlobalAveragePool':
      return { kind: 'globalAvgPool' };
    case 'GlobalMaxPool':
      return { kind: 'globalMaxPool' };
    case 'ReduceMean': {
      const axes = ints('axes', [...(context.constantOf(1)?.values ?? [])]);
      return {
        kind: 'reduceMean',
        axes: axes.map((a) => axisOf(a, shape)),
        keepDimensions: int('keepdims', 1) === 1,
      };
    }
    case 'Concat':
      return { kind: 'concat', axis: axisOf(int('axis', 1), shape) };
    case 'Softmax':
      return { kind: 'softmax', axis: axisOf(int('axis', -1), shape) };
    case 'Flatten':
      if (int('axis', 1) !== 1) throw new InputError('Flatten has to keep the batch: axis 1');
      return { kind: 'flatten' };
    case 'Reshape':
      return { kind: 'reshape', shape: reshaped(context, shape) };
    case 'Transpose': {
      const [batch, ...rest] = ints('perm', []);
      if (batch !== 0) throw new InputError('Transpose has to keep the batch first');
      return { kind: 'transpose', permutation: rest.map((axis) => axis - 1) };
    }
    default:
      throw new InputError(`operator ${quote(opType)} is not understood`);
  }
}

function arithmetic(
  context: NodeContext,
  kind: (typeof ARITHMETIC)[keyof typeof ARITHMETIC],
): Operator | undefined {
  const read = context.node.input.filter((_, i) => context.shapeOf(i)).length;
  return read < 2 ? undefined : { kind };
}

function convolution(context: NodeContext, input: Shape): Operator {
  const { int, ints } = attributesOf(context);
  const weight = context.constantOf(1);
  if (weight?.dims.length !== 4 || input.length !== 3) {
    throw new InputError(
      'Conv has to be of images, [batch, channels, height, width], with a constant weight',
    );
  }
  const kernel = pair(ints('kernel_shape', weight.dims.slice(2)));
  return {
    kind: 'conv2d',
    outChannels: weight.dims[0],
    kernel,
    stride: pair(ints('strides', [1, 1])),
    padding: padding(context, input, kernel),
    dilation: pair(ints('dilations', [1, 1])),
    groups: int('group', 1),
    bias: (context.node.input[2] ?? '') !== '',
  };
}

function linear(context: NodeContext, outDimension: number, bias: boolean): Operator {
  const outFeatures = context.constantOf(1)?.dims[outDimension];
  if (outFeatures === undefined)
    throw new InputError(`${context.node.opType} needs a constant matrix as its weight`);
  return { kind: 'linear', outFeatures, bias };
}

/** The explicit padding, or what `auto_pad` makes of it. */
function padding(context: NodeContext, [, height, width]: Shape, kernel: Pair): Padding {
  const { ints, text } = attributesOf(context);
  const auto = text('auto_pad');
  if (auto === '' || auto === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = ints('pads', []);
    return [top, left, bottom, right];
  }
  if (auto === 'VALID') return [0, 0, 0, 0];
  const stride = ints('strides', [1, 1]);
  const dilation = ints('dilations', [1, 1]);
  const [high, wide] = [height, width].map((size, i) => {
    const reach = dilation[i] * (kernel[i] - 1) + 1;
    return Math.max(0, (Math.ceil(size / stride[i]) - 1) * stride[i] + reach - size);
  });
  const before = (total: number) => (auto === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2));
  return [before(high), before(wide), high - before(high), wide - before(wide)];
}

/** The shape that a constant asks for, its 0 (as it was) and -1 (what is left) filled in. */
function reshaped(context: NodeContext, input: Shape): Shape {
  const asked = context.constantOf(1)?.values;
  if (!asked) throw new InputError('Reshape needs a constant shape');
  const filled = asked.slice(1).map((size, i) => (size === 0 ? input[i] : size));
  const elements = input.reduce((product, size) => product * size, 1);
  const given = filled.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  return filled.map((size) => (size === -1 ? elements / given : size));
}

/** An axis that counts the batch, or from the end, as one that does neither. */
function axisOf(axis: number, shape: Shape): number {
  const from = axis < 0 ? axis + shape.length + 1 : axis;
  if (from < 1) throw new InputError(`axis ${axis} is the batch`);
  return from - 1;
}

function pair(values: readonly number[]): Pair {
  if (values.length !== 2)
    throw new InputError(`a kernel of ${values.length} dimensions is not understood; two are`);
  return [values[0], values[1]];
}

function attributesOf({ node }: NodeContext) {
  const named = (name: string) => node.attribute.find((attribute) => attribute.name === name);
  return {
    int: (name: string, usual: number) => named(name)?.i ?? usual,
    ints: (name: string, usual: readonly number[]): readonly number[] => {
      const given = named(name)?.ints;
      return given && given.length > 0 ? given : usual;
    },
    text: (name: string) => Buffer.from(named(name)?.s ?? []).toString(),
  };
}
