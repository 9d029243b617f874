import { type Static, Type } from '#typebox';
import { JobStateName } from './jobs.js';
import { Costs } from './searches.js';
import { Text } from './text.js';

const MOST_RESULTS = 1000;
const Details = Type.Record(Type.String(), Type.Unknown());
const Worker = Text({
  minLength: 1,
  maxLength: 200,
  description: 'Name that the worker has chosen for itself',
});

export const AskBody = Type.Object(
  {
    worker: Worker,
    count: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_RESULTS,
        default: 1,
        description: 'Number of networks requested',
      }),
    ),
    holding: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 1_000_000 }), {
        maxItems: MOST_RESULTS,
        description: 'Numbers of networks the worker is still training; their leases are renewed',
      }),
    ),
    leaseSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30 * 86_400,
        default: 3600,
        description: 'Seconds after which networks without a result are offered to others',
      }),
    ),
  },
  { additionalProperties: false },
);
export type AskBody = Static<typeof AskBody>;

export const AskAnswer = Type.Object({
  state: JobStateName,
  space: Type.String(),
  trials: Type.Array(
    Type.Object({
      number: Type.Integer(),
      architecture: Type.String(),
      latencyMs: Type.Record(Type.String(), Type.Number()),
      costs: Type.Optional(Costs),
    }),
    {
      description:
        'Empty while networks are being chosen, or while those that others are training may use up the budget; ask again',
    },
  ),
  leaseSeconds: Type.Integer(),
});
export type AskAnswer = Static<typeof AskAnswer>;

export const TellBody = Type.Object(
  {
    worker: Worker,
    results: Type.Array(
      Type.Object(
        {
          number: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
          accuracy: Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: '%' })),
          percent: Type.Optional(
            Type.Boolean({
              default: false,
              description:
                'Confirms that the first accuracies are in percent even if they are all 1 or below; otherwise they are refused, because they look like shares',
            }),
          ),
          error: Type.Optional(
            Text({
              minLength: 1,
              maxLength: 2000,
              description: 'Instead of an accuracy: why it could not be trained',
            }),
          ),
          seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
          details: Type.Optional(Details),
          replace: Type.Optional(
            Type.Boolean({
              default: false,
              description:
                'Replaces an earlier result of the network; with an `error`, that result is withdrawn and another network is trained instead',
            }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MOST_RESULTS },
    ),
  },
  { additionalProperties: false },
);
export type TellBody = Static<typeof TellBody>;

export const TellAnswer = Type.Object({
  state: JobStateName,
  recorded: Type.Array(Type.Integer(), { description: 'Numbers whose result was recorded' }),
  known: Type.Array(Type.Integer(), {
    description: 'Numbers that already had a result; the first result counts',
  }),
  differs: Type.Array(Type.Integer(), {
    description: 'Those of them whose earlier result was different; use `replace` to correct it',
  }),
});
export type TellAnswer = Static<typeof TellAnswer>;
