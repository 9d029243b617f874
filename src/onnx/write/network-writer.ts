import { elements } from '../../base/elements.js';
import { DataType } from '../proto.js';
import { elementwiseNodes } from './elementwise-nodes.js';
import { GraphBuilder, type WrittenAttribute } from './graph-builder.js';
import { RandomWeights, type WeightValues } from './random-weights.js';
import { type WindowOptions, windowOf } from './window.js';

/** A float32 value of a network. `shape` includes the batch as its first dimension. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Element-wise functions that `NetworkWriter.activation` can write. */
export type Activation = Parameters<typeof elementwiseNodes>[1];

export interface ConvolutionOptions extends WindowOptions {
  readonly groups?: number;
  readonly dilation?: number;
  readonly bias?: boolean;
}

const EPSILON = { float: 1e-5 };

/**
 * Writes a network with a fixed batch as ONNX nodes (opset 17) in the way exporters do, operator by operator,
 * and keeps track of shapes and costs: normalisations stay separate from convolutions, GELU is decomposed, a
 * linear layer of a sequence is MatMul and Add. Fusing them is left to runtimes.
 */
export class NetworkWriter {
  /** Multiply-accumulates of convolutions, matrix products and recurrent layers so far. */
  macs = 0;
  /** The underlying graph, for operators that have no method here. */
  readonly g = new GraphBuilder('network');
  private readonly random: RandomWeights;
  private layers = 0;

  /** @param seed of the weights' values */
  constructor(seed: number, values: WeightValues = 'random') {
    this.random = new RandomWeights(this.g, seed, values);
  }

  input(shape: readonly number[], name = 'input'): Value {
    return { name: this.g.input(name, DataType.float, shape), shape };
  }

  /** An int64 input `[1, length]` of tokens, which only `embedding` can read. */
  tokens(length: number, name = 'tokens'): Value {
    return { name: this.g.input(name, DataType.int64, [1, length]), shape: [1, length] };
  }

  output(x: Value, name = 'output'): void {
    this.g.output(x.name, DataType.float, x.shape, name);
  }

  /** The bytes of the model file; the same in every version of tempograph. */
  model(metadata: Record<string, string> = {}): Uint8Array {
    return this.g.model({ producerVersion: '1', metadata });
  }

  /** A node of any kind with one output, whose shape the caller knows. */
  node(
    opType: string,
    inputs: readonly (Value | string)[],
    shape: readonly number[],
    attributes?: Record<string, WrittenAttribute>,
  ): Value {
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name));
    return { name: this.g.node(opType, names, attributes), shape };
  }

  /** A learned tensor. */
  weight(name: string, shape: readonly number[], fanIn: number): string {
    return this.random.he(`${name}.weight`, shape, fanIn);
  }

  /** A learned value, such as a class token or position embeddings. */
  learned(shape: readonly number[]): Value {
    return { name: this.vector(`${this.layer('parameter')}.value`, shape, 0), shape };
  }

  /** A constant that is not learned, such as a mask. */
  constant(values: Float32Array, shape: readonly number[]): Value {
    const name = `${this.layer('constant')}.value`;
    const isLeftOut = this.random.isLeftOut(shape);
    return { name: isLeftOut ? this.g.shapeOnly(name, shape) : this.g.floats(values, shape, name), shape };
  }

  /** @param x `[batch, channels, …]` with one, two or three spatial dimensions */
  convolution(x: Value, channels: number, options: ConvolutionOptions): Value {
    const { groups = 1, dilation = 1, bias = true } = options;
    const { kernel, strides, pads, size } = windowOf(x.shape, options, dilation);
    const name = this.layer('conv');
    const perGroup = x.shape[1] / groups;
    const taps = perGroup * elements(kernel);
    const shape = [x.shape[0], channels, ...size];
    const inputs = [x.name, this.weight(name, [channels, perGroup, ...kernel], taps)];
    if (bias) inputs.push(this.vector(`${name}.bias`, [channels], 0));
    this.macs += elements(shape) * taps;
    return this.node('Conv', inputs, shape, {
      dilations: kernel.map(() => dilation),
      group: groups,
      kernel_shape: kernel,
      pads,
      strides,
    });
  }

  /** A transposed convolution that multiplies the size by its stride, with a kernel of the same size. */
  upConvolution(x: Value, channels: number, stride: number): Value {
    const name = this.layer('up');
    const spatial = x.shape.slice(2);
    const kernel = spatial.map(() => stride);
    const shape = [x.shape[0], channels, ...spatial.map((s) => s * stride)];
    const weight = this.weight(name, [x.shape[1], channels, ...kernel], x.shape[1]);
    this.macs += elements(shape) * x.shape[1];
    return this.node('ConvTranspose', [x, weight, this.vector(`${name}.bias`, [channels], 0)], shape, {
      kernel_shape: kernel,
      strides: kernel,
    });
  }

  /** A layer with `features` outputs: Gemm for a matrix, MatMul and Add for a sequence. */
  linear(x: Value, features: number, bias = true): Value {
    const width = x.shape[x.shape.length - 1];
    const name = this.layer('linear');
    const shape = [...x.shape.slice(0, -1), features];
    this.macs += elements(shape) * width;
    if (x.shape.length === 2 && bias) {
      const weight = this.weight(name, [features, width], width);
      return this.node('Gemm', [x, weight, this.vector(`${name}.bias`, [features], 0)], shape, { transB: 1 });
    }
    const y = this.node('MatMul', [x, this.weight(name, [width, features], width)], shape);
    return bias ? this.node('Add', [this.vector(`${name}.bias`, [features], 0), y], shape) : y;
  }

  /** The matrix product of two values with the same leading dimensions. */
  matmul(a: Value, b: Value): Value {
    const shape = [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]];
    this.macs += elements(shape) * a.shape[a.shape.length - 1];
    return this.node('MatMul', [a, b], shape);
  }

  /** @param tokens returned by `tokens()` */
  embedding(tokens: Value, vocabulary: number, features: number): Value {
    const table = this.weight(this.layer('embedding'), [vocabulary, features], 1);
    return this.node('Gather', [table, tokens], [...tokens.shape, features], { axis: 0 });
  }

  /** A recurrent layer over `[steps, batch, features]`. The outputs of both directions are concatenated. */
  recurrent(x: Value, kind: 'LSTM' | 'GRU' | 'RNN', units: number, bidirectional: boolean): Value {
    const gates = { LSTM: 4, GRU: 3, RNN: 1 }[kind];
    const [steps, batch, features] = x.shape;
    const directions = bidirectional ? 2 : 1;
    const name = this.layer(kind.toLowerCase());
    const weights = [
      this.weight(`${name}.input`, [directions, gates * units, features], features),
      this.weight(`${name}.state`, [directions, gates * units, units], units),
      this.vector(`${name}.bias`, [directions, 2 * gates * units], 0),
    ];
    this.macs += steps * batch * directions * gates * units * (features + units);
    const out = this.node(kind, [x, ...weights], [steps, directions, batch, units], {
      hidden_size: units,
      direction: bidirectional ? 'bidirectional' : 'forward',
      ...(kind === 'GRU' ? { linear_before_reset: 1 } : {}),
    });
    return this.reshape(this.transpose(out, [0, 2, 1, 3]), [steps, batch, directions * units]);
  }

  batchNorm(x: Value): Value {
    const name = this.layer('bn');
    const channels = [x.shape[1]];
    const learned = [1, 0, 0, 1].map((mean, i) =>
      this.vector(`${name}.${['scale', 'shift', 'mean', 'variance'][i]}`, channels, mean),
    );
    return this.node('BatchNormalization', [x, ...learned], x.shape, { epsilon: EPSILON });
  }

  layerNorm(x: Value): Value {
    const name = this.layer('ln');
    const width = [x.shape[x.shape.length - 1]];
    const learned = [this.vector(`${name}.scale`, width, 1), this.vector(`${name}.shift`, width, 0)];
    return this.node('LayerNormalization', [x, ...learned], x.shape, { axis: -1, epsilon: EPSILON });
  }

  activation(x: Value, kind: Activation): Value {
    return { name: elementwiseNodes(this.g, kind, x.name), shape: x.shape };
  }

  softmax(x: Value, axis = -1): Value {
    return this.node('Softmax', [x], x.shape, { axis });
  }

  /** Add, Sub, Mul or Div, broadcasting like NumPy. */
  arithmetic(opType: 'Add' | 'Sub' | 'Mul' | 'Div', a: Value, b: Value): Value {
    return this.node(opType, [a, b], broadcast(a.shape, b.shape));
  }

  add(a: Value, b: Value): Value {
    return this.arithmetic('Add', a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.arithmetic('Mul', a, b);
  }

  /** Multiplies by a number. */
  scale(x: Value, factor: number): Value {
    return this.node('Mul', [x, this.g.floats([factor], [])], x.shape);
  }

  pool(x: Value, kind: 'MaxPool' | 'AveragePool', options: WindowOptions): Value {
    const { kernel, strides, pads, size } = windowOf(x.shape, options, 1);
    const shape = [...x.shape.slice(0, 2), ...size];
    return this.node(kind, [x], shape, { kernel_shape: kernel, pads, strides });
  }

  /** The mean over the spatial dimensions, which are kept with size 1. */
  globalPool(x: Value): Value {
    return this.node('GlobalAveragePool', [x], [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)]);
  }

  /** The mean over one axis, which is removed. */
  mean(x: Value, axis: number): Value {
    const shape = x.shape.filter((_, i) => i !== axis);
    return this.node('ReduceMean', [x], shape, { axes: [axis], keepdims: 0 });
  }

  flatten(x: Value): Value {
    return this.node('Flatten', [x], [x.shape[0], elements(x.shape.slice(1))], { axis: 1 });
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.node('Reshape', [x, this.g.ints(shape)], shape);
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    const shape = permutation.map((axis) => x.shape[axis]);
    return this.node('Transpose', [x], shape, { perm: permutation });
  }

  concat(values: readonly Value[], axis: number): Value {
    const total = values.reduce((sum, { shape }) => sum + shape[axis], 0);
    return this.node('Concat', values, values[0].shape.with(axis, total), { axis });
  }

  /** Splits along an axis into parts of the given sizes. */
  split(x: Value, sizes: readonly number[], axis: number): Value[] {
    const names = this.g.nodeOutputs('Split', [x.name, this.g.ints(sizes)], sizes.length, { axis });
    return names.map((name, i) => ({ name, shape: x.shape.with(axis, sizes[i]) }));
  }

  slice(x: Value, axis: number, start: number, end: number): Value {
    const bounds = [start, end, axis].map((value) => this.g.ints([value]));
    return this.node('Slice', [x, ...bounds], x.shape.with(axis, end - start));
  }

  /** The values at one index of an axis, which is removed. */
  at(x: Value, axis: number, index: number): Value {
    const position = this.g.ints([index], []);
    const shape = x.shape.filter((_, i) => i !== axis);
    return this.node('Gather', [x, position], shape, { axis });
  }

  /** Resizes the map to another height and width in pixels. */
  resize(x: Value, size: readonly [height: number, width: number], mode: 'nearest' | 'linear'): Value {
    const shape = [...x.shape.slice(0, 2), ...size];
    const how: Record<string, WrittenAttribute> =
      mode === 'nearest'
        ? { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
        : { coordinate_transformation_mode: 'pytorch_half_pixel' };
    return this.node('Resize', [x, '', '', this.g.ints(shape)], shape, { mode, ...how });
  }

  private vector(name: string, shape: readonly number[], mean: number): string {
    return this.random.around(name, shape, mean, 0.1);
  }

  private layer(kind: string): string {
    return `${kind}_${this.layers++}`;
  }
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((size, i) => Math.max(size, short[i - long.length + short.length] ?? 1));
}
