import { ACTIVATIONS, type WeightedStep, widthWithin } from './step.js';

/** Steps over rows of features `[rows, features]`. */
export const vectorSteps: readonly WeightedStep[] = [
  [
    6,
    (context, x) => {
      const { net, draw } = context;
      const y = net.linear(x, 4 * widthWithin(context, 4 * x.shape[0] * x.shape[1]), draw.chance(0.9));
      return draw.chance(0.7) ? net.activation(y, draw.pick(ACTIVATIONS)) : y;
    },
  ],
  [1, ({ net }, x) => net.layerNorm(x)],
  [1, ({ net }, x) => net.batchNorm(x)],
  [1, ({ net }, x) => net.softmax(x)],
  [1, ({ net }, x) => net.concat([x, net.activation(x, 'sigmoid')], 1)],
  [1, ({ net }, x) => net.add(x, net.linear(x, x.shape[1]))],
  [1, ({ net }, x) => net.mul(x, net.learned([x.shape[1]]))],
];
