import { type Static, Type } from '#typebox';
import { SpaceFile } from '../src/spaces/declared/space-file.js';
import { Text } from './text.js';

export const SpaceParams = Type.Object({ name: Text({}) });

/** Answered unchanged, because the order of its fields matters. */
export const WholeFile = Type.Unsafe<SpaceFile>({
  type: 'object',
  additionalProperties: true,
  description: 'The file that declared it, in the form of `docs/space.schema.json`',
});

const About = {
  name: Type.String(),
  description: Type.String(),
  size: Type.Number({ description: 'Number of architectures' }),
  version: Type.Optional(Type.String({ description: 'Version of an uploaded space' })),
};

export const SpacesAnswer = Type.Object({ spaces: Type.Array(Type.Object(About)) });
export type SpacesAnswer = Static<typeof SpacesAnswer>;

export const SpaceAnswer = Type.Object({
  ...About,
  example: Type.String({ description: 'A valid canonical string' }),
  slots: Type.Array(Type.Object({ name: Type.String(), options: Type.Array(Type.String()) }), {
    description: 'The slots of an architecture, each with its options',
  }),
  file: Type.Optional(WholeFile),
  versions: Type.Optional(
    Type.Array(Type.Object({ version: Type.String(), createdAt: Type.String({ format: 'date-time' }) }), {
      description: 'Versions of an uploaded space, the current one first',
    }),
  ),
});
export type SpaceAnswer = Static<typeof SpaceAnswer>;

/** The file itself, in the form of `docs/space.schema.json`. */
export const SpaceBody = SpaceFile;

export const SpaceVersionParams = Type.Object({
  ...SpaceParams.properties,
  version: Type.String({ pattern: '^[0-9a-f]{12}$' }),
});

export const SpaceRemovedAnswer = Type.Object({
  name: Type.String(),
  removed: Type.Array(Type.String(), { description: 'Versions removed' }),
  version: Type.Union([Type.String(), Type.Null()], { description: 'The current version' }),
});
export type SpaceRemovedAnswer = Static<typeof SpaceRemovedAnswer>;

export const ChoicesBody = Type.Object(
  {
    architecture: Type.Optional(
      Text({ maxLength: 2000, description: 'Architecture to change; the space’s example by default' }),
    ),
    choices: Type.Optional(
      Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 200 }), {
        description: 'New options, by slot',
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
      active: Type.Boolean({ description: 'False for a slot that other choices make irrelevant' }),
    }),
  ),
});
export type ChoicesAnswer = Static<typeof ChoicesAnswer>;
