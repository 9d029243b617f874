import { type Static, Type } from '#typebox';
import { DEFAULT_CONFIDENCE } from '../src/search/latency-source.js';
import { PoolFile } from '../src/search/operators/pool-file.js';
import { maybe } from './maybe.js';
import { MetricName } from './metric-name.js';
import { Text } from './text.js';
import { TimeLimit } from './time-limit.js';

/** Most networks that a search may train. */
const MOST_TRAINED = 5000;
const Limit = Type.Object(
  {
    device: Text({
      minLength: 1,
      maxLength: 200,
      description: 'Device with a predictor, or an analytic one: fnas:zcu102',
    }),
    maxMs: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: 'Limit on the latency; without one, the device is only an axis of the front',
      }),
    ),
    metric: Type.Optional(MetricName),
    most: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e15,
        description:
          'Instead of `maxMs`, in the unit of the metric: {"device": "board", "metric": "energy", "most": 5}',
      }),
    ),
    least: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e15,
        description:
          'Instead, for a metric where more is better: {"device": "board", "metric": "throughput", "least": 200}',
      }),
    ),
    confidence: Type.Optional(
      Type.Number({
        minimum: 0.5,
        maximum: 0.95,
        default: DEFAULT_CONFIDENCE,
        description:
          'Probability with which a network must stay within the limit, according to the intervals of the predictions',
      }),
    ),
    marginPercent: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1000,
        description:
          'Instead: share by which each prediction must stay below the limit (above it, if more is better)',
      }),
    ),
  },
  { additionalProperties: false },
);

const Evaluator = Type.Union(
  [
    Type.Object({ kind: Type.Literal('ask-tell') }, { additionalProperties: false }),
    Type.Object(
      {
        kind: Type.Literal('table'),
        column: Text({ minLength: 1, maxLength: 200, description: 'Column of the accuracies, %' }),
        csv: Type.Optional(Type.String({ description: 'The table itself, with a column of architectures' })),
        name: Type.Optional(
          Type.String({
            pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
            maxLength: 200,
            description: "A file in the folder `accuracies` of the service's data folder",
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description: 'Source of accuracies: workers that ask for networks and tell their accuracies, or a table',
  },
);

const Codesign = Type.Object(
  {
    weights: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), {
      minItems: 3,
      maxItems: 3,
      description: 'Weights of area, latency and accuracy in the reward; they add up to 1',
    }),
    maxMs: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e9 })),
    maxAreaMm2: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e9 })),
    minAccuracyPercent: Type.Optional(
      Type.Number({ minimum: 0, maximum: 100, description: 'Pairs with a lower accuracy are penalised' }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Search for pairs of a network and a codesign accelerator; needs a table, and a strategy for pairs',
  },
);

export const SearchBody = Type.Object(
  {
    name: Type.Optional(
      Text({ minLength: 1, maxLength: 200, description: 'A name for people, to tell searches apart' }),
    ),
    space: Type.String({ maxLength: 200 }),
    strategy: Type.Optional(Type.String({ maxLength: 200, default: 'brp' })),
    options: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 100 }),
        Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
        {
          description: 'Options of the strategy that differ from its defaults',
        },
      ),
    ),
    objective: Type.Optional(Type.Enum(['accuracy', 'pareto'], { default: 'accuracy' })),
    budget: Type.Integer({ minimum: 1, maximum: MOST_TRAINED, description: 'Networks to train' }),
    parallel: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 1,
        description: 'Networks trained at the same time; the same number is kept ready. More workers may ask',
      }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 1 })),
    limits: Type.Optional(Type.Array(Limit, { maxItems: 10 })),
    operatorPool: Type.Optional(
      Type.Object(PoolFile.properties, {
        additionalProperties: false,
        description: 'Operators that networks may have, as written by tempograph pool --out',
      }),
    ),
    codesign: Type.Optional(Codesign),
    warmStart: Type.Optional(
      Type.Array(Type.String({ format: 'uuid' }), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description:
          'Earlier searches of the same space; the networks they trained are known from the start and do not count against the budget',
      }),
    ),
    evaluator: Evaluator,
    timeLimitSeconds: TimeLimit('search', 'the choice of a round (with a table: the whole search)'),
  },
  { additionalProperties: false },
);
export type SearchBody = Static<typeof SearchBody>;

/** The request of a search with all defaults filled in; the rows of a table are kept separately. */
export const SearchRequest = Type.Object({
  name: Type.Optional(Type.String()),
  space: Type.String(),
  strategy: Type.String(),
  options: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()])),
  objective: Type.Enum(['accuracy', 'pareto']),
  budget: Type.Integer(),
  plannedBudget: Type.Optional(
    Type.Integer({
      description: 'For a search that was extended: its first budget, for which the strategy planned',
    }),
  ),
  parallel: Type.Integer(),
  seed: Type.Integer(),
  limits: Type.Array(
    Type.Object({
      device: Type.String(),
      maxMs: maybe(Type.Number(), 'null if there is no limit, or the metric is not latency'),
      metric: Type.Optional(Type.String({ description: 'If it is not latency' })),
      unit: Type.Optional(Type.String()),
      most: Type.Optional(maybe(Type.Number(), 'In that unit; null if there is no limit')),
      least: Type.Optional(maybe(Type.Number(), 'If more is better; null if there is no limit')),
      margin: Type.Union([
        Type.Object({ percent: Type.Number() }),
        Type.Object({ confidence: Type.Number() }),
      ]),
    }),
  ),
  operatorPool: Type.Optional(PoolFile),
  codesign: Type.Optional(Codesign),
  warmStart: Type.Optional(Type.Array(Type.String(), { description: 'Earlier searches' })),
  evaluator: Type.Object({
    kind: Type.Enum(['ask-tell', 'table']),
    table: maybe(Type.String(), 'Name and column of the table'),
  }),
  timeLimitSeconds: Type.Optional(Type.Integer()),
});
export type SearchRequest = Static<typeof SearchRequest>;

export const ExtendBody = Type.Object(
  {
    budget: Type.Integer({
      minimum: 1,
      maximum: MOST_TRAINED,
      description: 'Total number of networks to train, larger than before',
    }),
  },
  { additionalProperties: false },
);
