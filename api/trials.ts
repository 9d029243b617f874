import { type Static, Type } from '#typebox';
import { JobStateName } from './jobs.js';
import { Costs } from './searches.js';
import { Text } from './text.js';

const MOST_RESULTS = 1000;
const Details = Type.Record(Type.String(), Type.Unknown());
const Worker = Text({ minLength: 1, maxLength: 200, description: 'Name of the worker, its own choice' });

export const AskBody = Type.Object(
  {
    worker: Worker,
    count: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MOST_RESULTS,
        default: 1,
        description: 'Networks that are wanted',
      }),
    ),
    holding: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 1_000_000 }), {
        maxItems: MOST_RESULTS,
        description: 'Numbers of networks that the worker still trains: their lease begins anew',
      }),
    ),
    leaseSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30 * 86_400,
        default: 3600,
        description: 'After which what has not been told is offered to others',
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
        'Empty while networks are being chosen, or where what others train may spend the budget: ask again',
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
                'Says of the first accuracies of a search that those of 1 and below are in percent; else they are refused, as shares',
            }),
          ),
          error: Type.Optional(
            Text({ minLength: 1, maxLength: 2000, description: 'Instead: why it could not be trained' }),
          ),
          seconds: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
          details: Type.Optional(Details),
          replace: Type.Optional(
            Type.Boolean({
              default: false,
              description:
                'Counts instead of a result that the network has already; with an `error` that one is taken back, and another network is trained in its place',
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
  recorded: Type.Array(Type.Integer(), { description: 'Numbers whose result counts' }),
  known: Type.Array(Type.Integer(), {
    description: 'Numbers that had a result already: the first one counts',
  }),
  differs: Type.Array(Type.Integer(), {
    description: 'Those of them whose result was another one; `replace` corrects it',
  }),
});
export type TellAnswer = Static<typeof TellAnswer>;
