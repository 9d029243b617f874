import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { elements } from '../base/elements.js';
import { InputError } from '../base/errors.js';
import type { OperatorGraph } from '../network/graph.js';
import type { Conv2d, Operator, Shape } from '../network/operator.js';
import { tf } from '../nn/engines/tfjs.js';
import type { Network, ParameterSpec } from '../nn/network.js';
import {
  averageOf,
  depthwise,
  everyOther,
  flat,
  neighbourhood,
  normalised,
  statisticsOf,
  unfolded,
} from './image-layers.js';

/** Name of the images among a network's inputs, `[height, width, channel]` each. */
export const IMAGE = 'image';

/** What a batch normalisation makes of rows `[position, channel]`, by the operator's name. */
export type Normalise = (rows: Tensor, name: string) => Tensor;

/** By the batch itself, as while training. */
const byBatch: Normalise = (rows) => normalised(rows, statisticsOf(rows));

/**
 * An operator graph of images as a network that learns: convolutions (dense and depthwise, with square kernels of odd size),
 * batch normalisation, ReLU, average pooling, sums, and a classifier. Its parameters are named as `networkModel` names them, so that what was learned is
 * written as it is, but for `onnxWeights`.
 *
 * @throws InputError naming an operator that is not among these
 */
export function trainable(graph: OperatorGraph, normalise: Normalise = byBatch): Network {
  const parameters = graph.names().flatMap((name) => parametersOf(graph, name));
  const [channels, height, width] = graph.shape(graph.names()[0]);
  return {
    members: 1,
    inputs: [{ name: IMAGE, shape: [height, width, channels] }],
    parameters,
    dropoutNoise: { draws: 0, rows: 0, units: 0 },
    forward: (p, inputs) => outputOf(graph, p, inputs[IMAGE], normalise),
  };
}

/** The learned tensors as `networkModel` takes them; normalisations also need `.mean` and `.variance`. */
export function onnxWeights(graph: OperatorGraph, theta: Float32Array): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  let offset = 0;
  for (const { name, shape } of trainable(graph).parameters) {
    const size = elements(shape);
    const values = theta.subarray(offset, offset + size);
    const operator = graph.operator(name.slice(0, name.lastIndexOf('.')));
    weights.set(
      name,
      operator.kind === 'conv2d'
        ? filtersFirst(values, operator.outChannels, operator.kernel[0] * operator.kernel[1])
        : values.slice(),
    );
    offset += size;
  }
  return weights;
}

function parametersOf(graph: OperatorGraph, name: string): ParameterSpec[] {
  const operator = graph.operator(name);
  const [input] = graph.inputs(name);
  switch (operator.kind) {
    case 'conv2d': {
      const taps = (graph.shape(input)[0] / operator.groups) * operator.kernel[0] * operator.kernel[1];
      // He et al., arXiv:1502.01852, section 2.2.
      const init = { uniform: Math.sqrt(6 / taps) };
      return [{ name: `${name}.weight`, shape: [taps, operator.outChannels], init }];
    }
    case 'batchNorm': {
      const [channels] = graph.shape(input);
      return [
        { name: `${name}.scale`, shape: [1, channels], init: 1 },
        { name: `${name}.shift`, shape: [1, channels], init: 0 },
      ];
    }
    case 'linear': {
      const [features] = graph.shape(input);
      const init = { uniform: 1 / Math.sqrt(features) };
      return [
        { name: `${name}.weight`, shape: [features, operator.outFeatures], init },
        { name: `${name}.bias`, shape: [1, operator.outFeatures], init: 0 },
      ];
    }
    default:
      return [];
  }
}

function outputOf(graph: OperatorGraph, p: NamedTensorMap, image: Tensor, normalise: Normalise): Tensor {
  const tensors = new Map<string, Tensor>();
  const batch = image.shape[0];
  const matrix = (name: string) => tf.reshape(p[name], p[name].shape.slice(1));
  for (const name of graph.names()) {
    const inputs = graph.inputs(name).map((input) => tensors.get(input)!);
    tensors.set(name, compute(name, graph.operator(name), inputs, graph.shape(name)));
  }
  const last = graph.names().at(-1)!;
  return tf.reshape(tensors.get(last)!, [1, batch, ...graph.shape(last)]);

  function compute(name: string, operator: Operator, [x, ...others]: Tensor[], shape: Shape): Tensor {
    switch (operator.kind) {
      case 'input':
        return image;
      case 'output':
      case 'identity':
        return x;
      case 'relu':
        return tf.relu(x);
      case 'add':
        return others.reduce((sum, other) => tf.add(sum, other), x);
      case 'conv2d': {
        const weight = matrix(`${name}.weight`);
        const [stride] = operator.stride;
        if (isDepthwise(operator, x.shape[3]!)) return depthwise(x, weight, stride);
        if (operator.groups > 1) throw new InputError(`${name} has groups, which cannot be trained here`);
        const [channels, height, width] = shape;
        const [side] = operator.kernel;
        const rows = side === 1 ? flat(everyOther(x, stride)) : unfolded(neighbourhood(x, stride, side));
        return tf.reshape(tf.matMul(rows, weight), [batch, height, width, channels]);
      }
      case 'batchNorm': {
        const normal = normalise(flat(x), name);
        const scaled = tf.add(tf.mul(normal, matrix(`${name}.scale`)), matrix(`${name}.shift`));
        return tf.reshape(scaled, x.shape);
      }
      case 'avgPool': {
        const [, height, width] = shape;
        if (operator.kernel[0] === 3) return averageOf(neighbourhood(x), height, width);
        return pooledByTwo(x);
      }
      case 'globalAvgPool':
        return tf.mean(x, [1, 2], true);
      case 'flatten':
        return tf.reshape(x, [batch, ...shape]);
      case 'linear':
        return tf.add(tf.matMul(x, matrix(`${name}.weight`)), matrix(`${name}.bias`));
      default:
        throw new InputError(`${name} is a ${operator.kind}, which cannot be trained here`);
    }
  }
}

const isDepthwise = ({ groups, outChannels }: Conv2d, channels: number) =>
  groups === channels && outChannels === channels && channels > 1;

/** The mean of 2 × 2 positions. */
export function pooledByTwo(x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const rows = tf.reshape(x, [(batch * height) / 2, 2, width * channels]);
  const pairs = tf.reshape(tf.sum(rows, 1), [(batch * height * width) / 4, 2, channels]);
  return tf.reshape(tf.mul(tf.sum(pairs, 1), 1 / 4), [batch, height / 2, width / 2, channels]);
}

/** `[tap, in, out]` → `[out, in, tap]`, as ONNX has the weights of a convolution. */
function filtersFirst(values: Float32Array, outChannels: number, taps: number): Float32Array {
  const inChannels = values.length / (taps * outChannels);
  const filters = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const [row, out] = [Math.floor(at / outChannels), at % outChannels];
    const [tap, channel] = [Math.floor(row / inChannels), row % inChannels];
    filters[(out * inChannels + channel) * taps + tap] = values[at];
  }
  return filters;
}
