import { type Static, Type } from '#typebox';
import { Text } from './text.js';
import { TimeLimit } from './time-limit.js';

/** Most networks labelled by one job. */
export const MOST_LABELLED = 20_000;

export const LabelRequest = Type.Object(
  {
    analytic: Text({ maxLength: 200, description: 'Analytic device, as in GET /v1/accelerators' }),
    space: Text({ maxLength: 100, description: 'Search space of the architectures' }),
    samples: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MOST_LABELLED,
        description:
          'Number of architectures, drawn at random; by default the whole space, if it is no larger than the maximum',
      }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1 })),
    timeLimitSeconds: TimeLimit('label'),
  },
  { additionalProperties: false },
);
export type LabelRequest = Static<typeof LabelRequest>;
