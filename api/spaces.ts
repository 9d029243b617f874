import { type Static, Type } from '#typebox';
import { SpaceFile } from '../src/spaces/declared/space-file.js';
import { Text } from './text.js';

export const SpaceParams = Type.Object({ name: Text({}) });

/** Answered as it is: fields of its own order, which matters. */
export const WholeFile = Type.Unsafe<SpaceFile>({
  type: 'object',
  additionalProperties: true,
  description: 'The file that declared it, as `docs/space.schema.json` has it',
});

const About = {
  name: Type.String(),
  description: Type.String(),
  size: Type.Number({ description: 'Number of architectures' }),
  version: Type.Optional(Type.String({ description: 'Of a space that was uploaded' })),
};

export const SpacesAnswer = Type.Object({ spaces: Type.Array(Type.Object(About)) });
export type SpacesAnswer = Static<typeof SpacesAnswer>;

export const SpaceAnswer = Type.Object({
  ...About,
  example: Type.String({ description: 'A valid canonical string' }),
  slots: Type.Array(Type.Object({ name: Type.String(), options: Type.Array(Type.String()) }), {
    description: 'The decisions that make an architecture, each with its options',
  }),
  file: Type.Optional(WholeFile),
  versions: Type.Optional(
    Type.Array(Type.Object({ version: Type.String(), createdAt: Type.String({ format: 'date-time' }) }), {
      description: 'Of a space that was uploaded: that which counts first',
    }),
  ),
});
export type SpaceAnswer = Static<typeof SpaceAnswer>;

/** The file itself, as `docs/space.schema.json` has it. */
export const SpaceBody = SpaceFile;

export const SpaceVersionParams = Type.Object({
  ...SpaceParams.properties,
  version: Type.String({ pattern: '^[0-9a-f]{12}$' }),
});

export const SpaceRemovedAnswer = Type.Object({
  name: Type.String(),
  removed: Type.Array(Type.String(), { description: 'Versions that are gone' }),
  version: Type.Union([Type.String(), Type.Null()], { description: 'That which counts now' }),
});
export type SpaceRemovedAnswer = Static<typeof SpaceRemovedAnswer>;

export const ChoicesBody = Type.Object(
  {
    architecture: Type.Optional(
      Text({ maxLength: 2000, description: 'What is changed; the space’s example by default' }),
    ),
    choices: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 }), {
        description: 'Options by slot, instead of those that it has',
        maxProperties: 1000,
      }),
    ),
  },
  { additionalProperties: false },
);

export const ChoicesAnswer = Type.Object({
  architecture: Type.String({ description: 'Its canonical string' }),
  choices: Type.Array(
    Type.Object({
      slot: Type.String(),
      option: Type.String(),
      active: Type.Boolean({ description: 'False for a slot that other choices switch off' }),
    }),
  ),
});
export type ChoicesAnswer = Static<typeof ChoicesAnswer>;
