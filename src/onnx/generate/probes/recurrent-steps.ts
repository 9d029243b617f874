import { type WeightedStep, widthWithin } from './step.js';

/** Steps over sequences of recurrent layers, `[steps, batch, features]`. */
export const recurrentSteps: readonly WeightedStep[] = [
  ...(['LSTM', 'GRU', 'RNN'] as const).map(
    (kind): WeightedStep => [
      3,
      (context, x) => {
        const gates = { LSTM: 4, GRU: 3, RNN: 1 }[kind];
        const units = widthWithin(context, 2 * x.shape[0] * x.shape[1] * gates * x.shape[2]);
        return context.net.recurrent(x, kind, Math.min(512, units), context.draw.chance(0.4));
      },
    ],
  ),
  [1, (context, x) => context.net.linear(x, widthWithin(context, x.shape[0] * x.shape[1] * x.shape[2]))],
  [1, ({ net, draw }, x) => net.activation(x, draw.pick(['relu', 'tanh', 'sigmoid']))],
];
