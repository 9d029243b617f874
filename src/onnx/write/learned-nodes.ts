import type { Conv2d, ConvTranspose2d, Embedding, Linear, Shape } from '../../network/operator.js';
import { DataType } from '../proto.js';
import { type BatchedTensor, fullShape, type NetworkNodes } from './network-nodes.js';

const EPSILON = { float: 1e-5 };

/** A learned tensor, shared by the whole batch. */
export function parameterNodes(nodes: NetworkNodes, name: string, shape: Shape): string {
  const value = nodes.weights.around(`${name}.value`, [1, ...shape], 0, 1);
  return nodes.batch === 1 ? value : nodes.g.node('Expand', [value, fullShape(nodes, shape)]);
}

export function embeddingNodes(
  { g, weights }: NetworkNodes,
  name: string,
  operator: Embedding,
  tokens: BatchedTensor,
): string {
  const table = weights.around(`${name}.weight`, [operator.vocabulary, operator.features], 0, 1);
  const whole = tokens.type === DataType.int64;
  const ids = whole ? tokens.value : g.node('Cast', [tokens.value], { to: DataType.int64 });
  return g.node('Gather', [table, ids], { axis: 0 });
}

export function convolutionNodes(
  { g, weights }: NetworkNodes,
  name: string,
  operator: Conv2d | ConvTranspose2d,
  { value, shape: [channels] }: BatchedTensor,
): string {
  const { kind, outChannels, kernel, stride, padding, dilation, groups, bias } = operator;
  const transposed = kind === 'convTranspose2d';
  const filters = transposed ? [channels, outChannels / groups] : [outChannels, channels / groups];
  // In a transposed convolution, each output meets only one kernel position per stride.
  const taps = (kernel[0] * kernel[1]) / (transposed ? stride[0] * stride[1] : 1);
  const inputs = [value, weights.he(`${name}.weight`, [...filters, ...kernel], (channels / groups) * taps)];
  if (bias) inputs.push(weights.around(`${name}.bias`, [outChannels], 0, 0.1));
  return g.node(transposed ? 'ConvTranspose' : 'Conv', inputs, {
    kernel_shape: kernel,
    strides: stride,
    pads: padding,
    dilations: dilation,
    group: groups,
    ...(transposed ? { output_padding: operator.outputPadding } : {}),
  });
}

export function linearNodes(
  { g, weights }: NetworkNodes,
  name: string,
  { outFeatures, bias }: Linear,
  { value, shape }: BatchedTensor,
): string {
  const inFeatures = shape[shape.length - 1];
  const weight = weights.he(`${name}.weight`, [inFeatures, outFeatures], inFeatures);
  const shift = bias ? [weights.around(`${name}.bias`, [outFeatures], 0, 0.1)] : [];
  if (shape.length === 1) return g.node('Gemm', [value, weight, ...shift]);
  const product = g.node('MatMul', [value, weight]);
  return bias ? g.node('Add', [product, ...shift]) : product;
}

export function batchNormNodes(
  nodes: NetworkNodes,
  name: string,
  { value, shape: [channels] }: BatchedTensor,
): string {
  const { g, weights } = nodes;
  const learned = scaleAndShift(nodes, name, [channels]);
  const mean = weights.around(`${name}.mean`, [channels], 0, 0.1);
  const variance = weights.around(`${name}.variance`, [channels], 1, 0.1);
  return g.node('BatchNormalization', [value, ...learned, mean, variance], { epsilon: EPSILON });
}

/** Opset 17 has no group normalisation, so each group becomes a channel of an instance normalisation. */
export function groupNormNodes(
  nodes: NetworkNodes,
  name: string,
  groups: number,
  { value, shape }: BatchedTensor,
): string {
  const { g } = nodes;
  const grouped = g.node('Reshape', [value, g.ints([0, groups, -1])]);
  const constant = (x: number) =>
    g.floats(
      Array.from({ length: groups }, () => x),
      [groups],
    );
  const normal = g.node('InstanceNormalization', [grouped, constant(1), constant(0)], { epsilon: EPSILON });
  const ungrouped = g.node('Reshape', [normal, g.ints([0, ...shape])]);
  const perChannel = [shape[0], ...shape.slice(1).map(() => 1)];
  const [scale, shift] = scaleAndShift(nodes, name, perChannel);
  return g.node('Add', [g.node('Mul', [ungrouped, scale]), shift]);
}

export function layerNormNodes(
  nodes: NetworkNodes,
  name: string,
  dimensions: number,
  { value, shape }: BatchedTensor,
): string {
  const learned = scaleAndShift(nodes, name, shape.slice(-dimensions));
  const attributes = { axis: -dimensions, epsilon: EPSILON };
  return nodes.g.node('LayerNormalization', [value, ...learned], attributes);
}

/** Divides by the root mean square (Zhang & Sennrich, arXiv:1910.07467, equation 4), and applies a scale. */
export function rmsNormNodes(
  { g, weights }: NetworkNodes,
  name: string,
  dimensions: number,
  { value, shape }: BatchedTensor,
): string {
  const axes = Array.from({ length: dimensions }, (_, i) => i - dimensions);
  const meanSquare = g.node('ReduceMean', [g.node('Mul', [value, value])], { axes, keepdims: 1 });
  const root = g.node('Sqrt', [g.node('Add', [meanSquare, g.scalar(EPSILON.float)])]);
  const scale = weights.around(`${name}.scale`, shape.slice(-dimensions), 1, 0.1);
  return g.node('Mul', [g.node('Div', [value, root]), scale]);
}

function scaleAndShift(
  { weights }: NetworkNodes,
  name: string,
  shape: Shape,
): [scale: string, shift: string] {
  return [weights.around(`${name}.scale`, shape, 1, 0.1), weights.around(`${name}.shift`, shape, 0, 0.1)];
}
