import type { NetworkWriter, Value } from '../../write/network-writer.js';
import type { Draw } from '../families/draw.js';

/** A kernel that can be chained: its output has the shape of its input. */
export interface ChainStep {
  readonly name: string;
  /** Shape of the network's input, drawn once per chain. */
  shape(draw: Draw): readonly number[];
  append(net: NetworkWriter, x: Value): Value;
}

const SIDES = [7, 14, 28, 56, 112];

/** A map whose channels suit its size: in networks, channels double where the size is halved. */
function map(draw: Draw, step = 8): number[] {
  const side = draw.pick(SIDES);
  const most = Math.min(512, 4e5 / side ** 2);
  return [1, draw.size(Math.max(16, most / 6), Math.max(32, most), step), side, side];
}

const sequence = (draw: Draw): number[] => [1, draw.pick([16, 49, 64, 128, 196]), draw.size(64, 512, 16)];

function convolution(
  name: string,
  kernel: number,
  groupsOf: (channels: number) => number,
  step = 8,
): ChainStep {
  return {
    name,
    shape: (draw) => map(draw, step),
    append: (net, x) => {
      const options = { kernel, groups: groupsOf(x.shape[1]) };
      return net.activation(net.convolution(x, x.shape[1], options), 'relu');
    },
  };
}

/** The kernels that take most of the time in networks. */
export const chainSteps: readonly ChainStep[] = [
  convolution('conv1x1', 1, () => 1),
  convolution('conv3x3', 3, () => 1),
  convolution('conv5x5', 5, () => 1),
  convolution('depthwise3x3', 3, (channels) => channels),
  convolution('depthwise5x5', 5, (channels) => channels),
  convolution('grouped3x3', 3, (channels) => channels / 16, 16),
  {
    name: 'gemm',
    shape: (draw) => [1, draw.size(64, 2048, 16)],
    append: (net, x) => net.linear(x, x.shape[1]),
  },
  { name: 'matmul', shape: sequence, append: (net, x) => net.linear(x, x.shape[2], false) },
  {
    name: 'conv1d',
    shape: (draw) => [1, draw.size(16, 160, 8), draw.size(64, 1024, 8)],
    append: (net, x) => net.activation(net.convolution(x, x.shape[1], { kernel: 3 }), 'relu'),
  },
  ...(['LSTM', 'GRU'] as const).map(
    (kind): ChainStep => ({
      name: kind.toLowerCase(),
      shape: (draw) => [draw.size(8, 96), 1, draw.size(32, 256, 8)],
      append: (net, x) => net.recurrent(x, kind, x.shape[2], false),
    }),
  ),
  { name: 'layernorm', shape: sequence, append: (net, x) => net.layerNorm(x) },
  { name: 'softmax', shape: sequence, append: (net, x) => net.softmax(x) },
  ...(['sigmoid', 'tanh', 'hardSwish'] as const).map(
    (kind): ChainStep => ({
      name: kind.toLowerCase(),
      shape: (draw) => map(draw),
      append: (net, x) => net.activation(x, kind),
    }),
  ),
  { name: 'add', shape: (draw) => map(draw), append: (net, x) => net.add(x, net.learned(x.shape)) },
  {
    name: 'scale',
    shape: (draw) => map(draw),
    append: (net, x) => net.mul(x, net.learned([1, x.shape[1], 1, 1])),
  },
  {
    name: 'maxpool3x3',
    shape: (draw) => map(draw),
    append: (net, x) => net.pool(x, 'MaxPool', { kernel: 3 }),
  },
  {
    name: 'averagepool3x3',
    shape: (draw) => map(draw),
    append: (net, x) => net.pool(x, 'AveragePool', { kernel: 3 }),
  },
];
