import { type Static, Type } from '#typebox';

const ListedStrategy = Type.Object({
  name: Type.String(),
  description: Type.String(),
  searches: Type.Enum(['networks', 'pairs'], {
    description: 'What it searches for: networks, or pairs of a network and an accelerator',
  }),
  options: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
    description: 'Options with their defaults',
  }),
});
export type ListedStrategy = Static<typeof ListedStrategy>;

export const StrategiesAnswer = Type.Object({
  strategies: Type.Array(ListedStrategy, { description: 'Simplest first' }),
});
export type StrategiesAnswer = Static<typeof StrategiesAnswer>;
