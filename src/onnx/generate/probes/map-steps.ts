import type { ConvolutionOptions, Value } from '../../write/network-writer.js';
import { convBn, feedForward, squeezeExcite } from '../families/blocks.js';
import { ACTIVATIONS, type StepContext, type WeightedStep, widthWithin } from './step.js';

/** Largest number of elements of a map: 64 channels of 224 × 224. */
const MOST_ELEMENTS = 3.2e6;

/** Steps over maps `[1, channels, height, width]`. */
export const mapSteps: readonly WeightedStep[] = [
  [9, (context, x) => layer(context, x, { kernel: 1 })],
  [7, (context, x) => layer(context, x, { kernel: 3 })],
  [2, (context, x) => layer(context, x, { kernel: context.draw.pick([5, 7]) })],
  [2, (context, x) => layer(context, x, { kernel: 3, dilation: context.draw.integer(2, 6) })],
  [2, (context, x) => factorised(context, x)],
  [5, (context, x) => depthwise(context, x)],
  [4, (context, x) => grouped(context, x)],
  [2, (context, x) => plain(context, x)],
  [3, (context, x) => residual(context, x)],
  [
    2,
    ({ net, draw }, x) =>
      squeezeExcite(
        net,
        x,
        draw.size(4, 64),
        draw.pick(['relu', 'swish']),
        draw.pick(['sigmoid', 'hardSigmoid']),
      ),
  ],
  [
    2,
    ({ net, draw }, x) => {
      const stride = strideFor(x, draw.integer(1, 2));
      return net.pool(x, 'MaxPool', { kernel: stride === 2 ? draw.pick([2, 3]) : draw.pick([3, 5]), stride });
    },
  ],
  [
    2,
    ({ net, draw }, x) => net.pool(x, 'AveragePool', { kernel: 3, stride: strideFor(x, draw.integer(1, 2)) }),
  ],
  [3, ({ net, draw }, x) => net.activation(x, draw.pick(ACTIVATIONS))],
  [2, ({ net }, x) => net.activation(net.batchNorm(x), 'relu')],
  [3, (context, x) => joined(context, x)],
  [2, (context, x) => shuffled(context, x)],
  [2, (context, x) => larger(context, x)],
  [2, (context, x) => channelsLast(context, x)],
  [1, ({ net }, x) => net.mul(x, net.learned([1, x.shape[1], 1, 1]))],
  [1, ({ net }, x) => net.add(x, net.learned(x.shape))],
  [1, ({ net }, x) => net.mul(x, net.activation(x, 'tanh'))],
  [
    1,
    ({ net, draw }, x) => net.node('LRN', [x], x.shape, { size: draw.pick([3, 5]), alpha: { float: 1e-4 } }),
  ],
  [1, ({ net }, x) => net.node('Sum', [x, net.activation(x, 'sigmoid'), net.activation(x, 'tanh')], x.shape)],
  [1, (context, x) => rolled(context, x)],
  [
    1,
    ({ net }, x) =>
      net.node(
        'Pad',
        [x, net.g.ints([0, 0, 1, 1, 0, 0, 1, 1])],
        [...x.shape.slice(0, 2), x.shape[2] + 2, x.shape[3] + 2],
      ),
  ],
];

/** The stride, if the map is large enough for it; otherwise 1. */
const strideFor = (x: Value, stride: number): number => (x.shape[2] >= 6 ? stride : 1);

const area = (x: Value): number => x.shape[2] * x.shape[3];

/** A number of channels that stays within the most operations, for a map of the size of `x` that is not too large. */
function channelsWithin(context: StepContext, x: Value, macsPerChannel: number): number {
  return Math.min(widthWithin(context, macsPerChannel), Math.floor(MOST_ELEMENTS / area(x)));
}

/** A convolution with normalisation and a random activation, or none. */
function layer(context: StepContext, x: Value, options: ConvolutionOptions): Value {
  const { net, draw } = context;
  const stride = strideFor(x, draw.chance(0.25) ? 2 : 1);
  const taps = (options.kernel as number) ** 2;
  const channels = channelsWithin(context, x, (area(x) / stride ** 2) * x.shape[1] * taps);
  const activation = draw.chance(0.75) ? draw.pick(ACTIVATIONS) : undefined;
  return convBn(net, x, channels, { ...options, stride }, activation);
}

function factorised(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const long = draw.pick([3, 5, 7]);
  const channels = channelsWithin(context, x, area(x) * x.shape[1] * long);
  return convBn(
    net,
    convBn(net, x, channels, { kernel: [1, long] }, 'relu'),
    channels,
    { kernel: [long, 1] },
    'relu',
  );
}

function depthwise({ net, draw }: StepContext, x: Value): Value {
  const options = {
    kernel: draw.pick([3, 3, 5, 7]),
    stride: strideFor(x, draw.integer(1, 2)),
    groups: x.shape[1],
  };
  return convBn(net, x, x.shape[1], options, draw.chance(0.75) ? draw.pick(ACTIVATIONS) : undefined);
}

/** Groups with few and with many channels, in whole blocks of 16 and otherwise. */
function grouped(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const groups = draw.pick([2, 3, 4, 8, 16]);
  const perGroup = draw.pick([4, 8, 12, 16, 24, 32, 48]);
  const width = groups * perGroup;
  const kernel = draw.pick([1, 3, 3, 3, 5]);
  const y = convBn(net, x, width, { kernel: 1 }, 'relu');
  const stride = strideFor(x, draw.chance(0.3) ? 2 : 1);
  return convBn(net, y, width, { kernel, groups, stride }, draw.chance(0.7) ? 'relu' : undefined);
}

/** A convolution without normalisation, between other operators. */
function plain(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const kernel = draw.pick([1, 3]);
  const channels = channelsWithin(context, x, area(x) * x.shape[1] * kernel ** 2);
  return net.convolution(x, channels, { kernel, bias: draw.chance(0.7) });
}

function residual(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const kernel = draw.pick([1, 3]);
  const width = channelsWithin(context, x, area(x) * x.shape[1] * (1 + kernel ** 2));
  const narrow = convBn(net, x, width, { kernel }, 'relu');
  const sum = net.add(x, convBn(net, narrow, x.shape[1], { kernel: draw.pick([1, 3]) }));
  return draw.chance(0.6) ? net.activation(sum, 'relu') : sum;
}

/** Concatenated branches. */
function joined(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const room = 2 * area(x) * x.shape[1] <= MOST_ELEMENTS;
  const branches = room && draw.chance(0.4) ? [x] : [];
  const count = draw.integer(2, 3);
  while (branches.length < count) {
    const width = channelsWithin(context, x, 2 * area(x) * x.shape[1]);
    branches.push(convBn(net, x, width, { kernel: 1 }, draw.chance(0.5) ? 'relu' : undefined));
  }
  return net.concat(branches, 1);
}

function shuffled({ net, draw }: StepContext, x: Value): Value {
  const parts = draw.pick([2, 4]);
  const [batch, channels, height, width] = x.shape;
  const whole = Math.floor(channels / parts) * parts;
  const even = whole === channels ? x : net.slice(x, 1, 0, whole);
  const sizes = Array.from({ length: parts }, () => whole / parts);
  const [first, ...others] = net.split(even, sizes, 1);
  const mixed = net.concat([...others, net.activation(first, 'relu')], 1);
  const grouped = net.reshape(mixed, [batch, parts, whole / parts, height, width]);
  return net.reshape(net.transpose(grouped, [0, 2, 1, 3, 4]), even.shape);
}

function larger(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const room = 4 * area(x) * x.shape[1] <= MOST_ELEMENTS && 4 * area(x) <= 65_536;
  if (!room) return net.pool(x, 'MaxPool', { kernel: 2, stride: 2, padding: 0 });
  const how = draw.pick(['up', 'nearest', 'linear'] as const);
  if (how === 'up') return net.upConvolution(x, channelsWithin(context, x, 4 * area(x) * x.shape[1]), 2);
  return net.resize(x, [2 * x.shape[2], 2 * x.shape[3]], how);
}

/** Normalisation and linear layers over the channels. */
function channelsLast({ net, draw, mostMacs }: StepContext, x: Value): Value {
  const last = net.layerNorm(net.transpose(x, [0, 2, 3, 1]));
  const room = 2 * x.shape[1] ** 2 * area(x) < mostMacs;
  const worked = room ? feedForward(net, last, draw.pick([1, 2]) * x.shape[1], 'gelu') : net.scale(last, 0.5);
  return net.transpose(worked, [0, 3, 1, 2]);
}

function rolled({ net, draw }: StepContext, x: Value): Value {
  const axis = draw.pick([1, 2, 3]);
  const by = Math.max(1, Math.floor(x.shape[axis] / 3));
  return net.concat([net.slice(x, axis, by, x.shape[axis]), net.slice(x, axis, 0, by)], axis);
}
