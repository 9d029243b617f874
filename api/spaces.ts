import { Type } from 'typebox';

export const SpaceParams = Type.Object({ name: Type.String() });

export const SpaceAnswer = Type.Object({
  name: Type.String(),
  description: Type.String(),
  size: Type.Number({ description: 'Number of architectures' }),
  example: Type.String({ description: 'A valid canonical string' }),
  slots: Type.Array(Type.Object({ name: Type.String(), options: Type.Array(Type.String()) }), {
    description: 'The decisions that make an architecture, each with its options',
  }),
});
