import type { NetworkWriter, Value } from '../../write/network-writer.js';
import { attention } from '../families/blocks.js';
import { ACTIVATIONS, type StepContext, type WeightedStep, widthWithin } from './step.js';

/** Steps over sequences `[batch, tokens, width]`, with a width that is a multiple of 16. */
export const sequenceSteps: readonly WeightedStep[] = [
  [6, (context, x) => dense(context, x)],
  [5, (context, x) => skipped(context, x)],
  [4, (context, x) => attended(context, x)],
  [3, ({ net }, x) => net.layerNorm(x)],
  [3, ({ net, draw }, x) => net.activation(x, draw.pick(ACTIVATIONS))],
  [2, ({ net }, x) => net.add(x, net.learned(x.shape))],
  [2, ({ net }, x) => net.mul(x, net.learned([x.shape[2]]))],
  [2, (context, x) => acrossTokens(context, x)],
  [2, (context, x) => gated(context, x)],
  [2, ({ net }, x) => rootMeanSquare(net, x)],
  [2, ({ net }, x) => net.softmax(x)],
  [2, (context, x) => windows(context, x)],
  [2, ({ net }, x) => mixedByItself(net, x)],
  [1, ({ net }, x) => net.concat([net.learned([x.shape[0], 1, x.shape[2]]), x], 1)],
  [1, ({ net }, x) => (x.shape[1] > 2 ? net.slice(x, 1, 1, x.shape[1]) : x)],
  [1, ({ net }, x) => centred(net, x)],
  [1, ({ net }, x) => tanhGelu(net, x)],
  [1, (context, x) => convolved(context, x)],
];

/** A linear layer with an activation, or none. */
function dense(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const rows = x.shape[0] * x.shape[1];
  const y = net.linear(x, sixteens(widthWithin(context, rows * x.shape[2])), draw.chance(0.8));
  return draw.chance(0.6) ? net.activation(y, draw.pick(ACTIVATIONS)) : y;
}

/** A residual layer, normalised before or after the sum. */
function skipped(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const rows = x.shape[0] * x.shape[1];
  const hidden = sixteens(widthWithin(context, 2 * rows * x.shape[2]));
  const first = draw.chance(0.5);
  const inner = net.activation(
    net.linear(first ? net.layerNorm(x) : x, hidden),
    draw.pick(['gelu', 'relu', 'swish']),
  );
  const sum = net.add(net.linear(inner, x.shape[2]), x);
  return first ? sum : net.layerNorm(sum);
}

function attended({ net, draw, mostMacs }: StepContext, x: Value): Value {
  const rows = x.shape[0] * x.shape[1];
  if (4 * rows * x.shape[2] * (x.shape[2] + x.shape[1]) > 3 * mostMacs) return net.layerNorm(x);
  const heads = x.shape[2] / draw.pick([16, 32, 64].filter((size) => x.shape[2] % size === 0));
  const [, tokens] = x.shape;
  const mask = draw.chance(0.4) ? net.learned([1, 1, tokens, tokens]) : undefined;
  return net.add(x, attention(net, x, heads, { joint: draw.chance(0.5), mask }));
}

/** A linear layer over the tokens. */
function acrossTokens(context: StepContext, x: Value): Value {
  const { net } = context;
  const turned = net.transpose(x, [0, 2, 1]);
  const macs = x.shape[0] * x.shape[1] ** 2 * x.shape[2];
  const mixed = macs < context.mostMacs ? net.linear(turned, x.shape[1]) : net.activation(turned, 'relu');
  return net.transpose(mixed, [0, 2, 1]);
}

/** Half of the channels, multiplied by a gate computed from the other half (Dauphin et al., arXiv:1612.08083). */
function gated(context: StepContext, x: Value): Value {
  const { net, draw } = context;
  const rows = x.shape[0] * x.shape[1];
  const width = sixteens(widthWithin(context, 2 * rows * x.shape[2]));
  const [value, gate] = net.split(net.linear(x, 2 * width), [width, width], 2);
  return net.mul(value, net.activation(gate, draw.pick(['sigmoid', 'swish', 'gelu'])));
}

/** Division by the root of the mean square (Zhang & Sennrich, arXiv:1910.07467). */
function rootMeanSquare(net: NetworkWriter, x: Value): Value {
  const square = net.node('Pow', [x, net.g.floats([2], [])], x.shape);
  const mean = net.node('ReduceMean', [square], x.shape.with(2, 1), { axes: [-1], keepdims: 1 });
  const root = net.node('Sqrt', [net.node('Add', [mean, net.g.floats([1e-6], [])], mean.shape)], mean.shape);
  return net.mul(net.arithmetic('Div', x, root), net.learned([x.shape[2]]));
}

/** Cuts tokens into windows and puts them together again. */
function windows({ net, draw }: StepContext, x: Value): Value {
  const [batch, tokens, width] = x.shape;
  const parts = draw.pick([2, 3, 4, 7].filter((size) => tokens % size === 0).concat(1));
  const cut = net.reshape(x, [batch, parts, tokens / parts, width / 16, 16]);
  const turned = net.transpose(
    cut,
    draw.pick([
      [0, 2, 1, 3, 4],
      [0, 1, 3, 2, 4],
      [0, 3, 1, 2, 4],
    ]),
  );
  return net.reshape(net.activation(turned, 'relu'), x.shape);
}

/** A product of two computed values. */
function mixedByItself(net: NetworkWriter, x: Value): Value {
  const scores = net.scale(net.matmul(x, net.transpose(x, [0, 2, 1])), 1 / x.shape[2]);
  return net.matmul(net.softmax(scores), x);
}

/** Subtracts the mean over the tokens. */
function centred(net: NetworkWriter, x: Value): Value {
  const mean = net.node('ReduceMean', [x], x.shape.with(1, 1), { axes: [1], keepdims: 1 });
  return net.arithmetic('Sub', x, mean);
}

function tanhGelu(net: NetworkWriter, x: Value): Value {
  const cube = net.mul(net.mul(x, x), x);
  const inner = net.activation(net.scale(net.add(x, net.scale(cube, 0.044715)), 0.7978846), 'tanh');
  const one = net.node('Add', [inner, net.g.floats([1], [])], x.shape);
  return net.mul(net.scale(x, 0.5), one);
}

/** A convolution over the tokens, channel by channel. */
function convolved({ net, draw }: StepContext, x: Value): Value {
  const turned = net.transpose(x, [0, 2, 1]);
  const spread = net.convolution(turned, x.shape[2], { kernel: draw.pick([3, 7, 15]), groups: x.shape[2] });
  return net.transpose(net.activation(spread, 'swish'), [0, 2, 1]);
}

function sixteens(width: number): number {
  return Math.max(16, Math.round(width / 16) * 16);
}
