import { type Static, Type } from '#typebox';

const Strategy = Type.Object({
  name: Type.String(),
  description: Type.String(),
  searches: Type.Enum(['networks', 'pairs'], { description: 'Pairs of a network and an accelerator' }),
  options: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
    description: 'With their defaults',
  }),
});
export type Strategy = Static<typeof Strategy>;

export const StrategiesAnswer = Type.Object({
  strategies: Type.Array(Strategy, { description: 'The simplest first' }),
});
export type StrategiesAnswer = Static<typeof StrategiesAnswer>;
