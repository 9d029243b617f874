import type { Value } from '../../write/network-writer.js';
import { convBn } from '../families/blocks.js';
import { ACTIVATIONS, type StepContext, type WeightedStep, widthWithin } from './step.js';

/** Steps over signals `[1, channels, length]`. */
export const signalSteps: readonly WeightedStep[] = [
  [5, (context, x) => layer(context, x, context.draw.pick([3, 5, 7, 9, 15]))],
  [4, (context, x) => layer(context, x, 1)],
  [2, (context, x) => dilated(context, x)],
  [
    2,
    ({ net, draw }, x) =>
      convBn(net, x, x.shape[1], { kernel: draw.pick([3, 5, 9]), groups: x.shape[1] }, 'relu'),
  ],
  [1, (context, x) => grouped(context, x)],
  [2, (context, x) => residual(context, x)],
  [1, ({ net, draw }, x) => net.activation(x, draw.pick(ACTIVATIONS))],
  [1, ({ net }, x) => (x.shape[2] >= 8 ? net.pool(x, 'MaxPool', { kernel: 2, stride: 2, padding: 0 }) : x)],
  [1, ({ net }, x) => net.pool(x, 'AveragePool', { kernel: 3 })],
  [1, ({ net }, x) => net.transpose(net.layerNorm(net.transpose(x, [0, 2, 1])), [0, 2, 1])],
  [
    1,
    (context, x) =>
      x.shape[2] <= 2048
        ? context.net.upConvolution(x, widthWithin(context, 2 * x.shape[2] * x.shape[1]), 2)
        : x,
  ],
  [1, ({ net }, x) => net.concat([x, net.activation(x, 'tanh')], 1)],
];

function layer(context: StepContext, x: Value, kernel: number): Value {
  const { net, draw } = context;
  const stride = x.shape[2] >= 16 && draw.chance(0.25) ? 2 : 1;
  const channels = widthWithin(context, (x.shape[2] / stride) * x.shape[1] * kernel);
  const activation = draw.chance(0.7) ? draw.pick(ACTIVATIONS) : undefined;
  return draw.chance(0.6)
    ? convBn(net, x, channels, { kernel, stride }, activation)
    : activated(context, net.convolution(x, channels, { kernel, stride }));
}

function activated({ net, draw }: StepContext, x: Value): Value {
  return draw.chance(0.7) ? net.activation(x, 'relu') : x;
}

function dilated(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const channels = widthWithin(context, x.shape[2] * x.shape[1] * 3);
  const dilation = draw.pick([2, 4, 8, 16].filter((d) => 2 * d < x.shape[2]).concat(1));
  return net.activation(net.convolution(x, channels, { kernel: 3, dilation }), 'relu');
}

function grouped(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const groups = draw.pick([2, 4, 8]);
  const width = groups * draw.pick([4, 8, 16, 32]);
  const y = net.activation(net.convolution(x, width, { kernel: 1 }), 'relu');
  return convBn(net, y, width, { kernel: draw.pick([3, 5]), groups }, 'relu');
}

function residual(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const width = widthWithin(context, 2 * x.shape[2] * x.shape[1] * 3);
  const y = net.activation(net.convolution(x, width, { kernel: 3 }), 'relu');
  const sum = net.add(x, net.convolution(y, x.shape[1], { kernel: 3 }));
  return draw.chance(0.6) ? net.activation(sum, 'relu') : sum;
}
