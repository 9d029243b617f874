import { type Static, Type } from '#typebox';
import { MetricName } from './metric-name.js';
import { MAX_ARCHITECTURES } from './predict.js';
import { WholeNumber } from './whole-number.js';

/** Architectures of a space that a request looks at, where it names none. */
export const MOST_LOOKED_AT = 20_000;
/** Beyond the outermost calibrated quantiles a prediction is no more certain than these. */
const MOST_PROBABLE = 0.975;

export const MeetsBody = Type.Object(
  {
    device: Type.String({ minLength: 1, maxLength: 200 }),
    metric: Type.Optional(MetricName),
    limit: Type.Number({
      exclusiveMinimum: 0,
      description: 'In the unit of the metric: ms of latency. At least it, where more is better (throughput)',
    }),
    minProbability: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MOST_PROBABLE,
        default: 0.9,
        description: 'Of a measurement being within the limit',
      }),
    ),
    architectures: Type.Optional(
      Type.Array(Type.String({ maxLength: 2000 }), {
        minItems: 1,
        maxItems: MAX_ARCHITECTURES,
        description: `Canonical strings; without them all of the device's space, or ${MOST_LOOKED_AT.toLocaleString('en')} of a larger one, drawn at random`,
      }),
    ),
    seed: Type.Optional(WholeNumber({ default: 1, description: 'Of what is drawn' })),
    from: Type.Optional(
      WholeNumber({ default: 0, description: 'Of those that meet the limit, the first that is wanted' }),
    ),
    count: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000, default: 100, description: 'That are wanted at once' }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ device: 'pixel3', limit: 10, minProbability: 0.9, count: 20 }],
  },
);
export type MeetsBody = Static<typeof MeetsBody>;

export const MeetsAnswer = Type.Object({
  meets: Type.Array(
    Type.Object({
      architecture: Type.String(),
      value: Type.Number({ description: 'As predicted, in the unit' }),
      withinLimit: Type.Number({ description: 'Probability that a measurement is within the limit' }),
    }),
    { description: 'In the order in which they were given, or are numbered' },
  ),
  count: Type.Integer({ description: 'How many meet the limit' }),
  lookedAt: Type.Integer({ description: 'Of so many that could be predicted' }),
  unreadable: Type.Integer({ description: 'Architectures that could not be' }),
  isSample: Type.Boolean({ description: 'Whether they were drawn from a space that is too large' }),
  next: Type.Union([Type.Integer(), Type.Null()], {
    description: '`from` of the next page; null: this is the last',
  }),
  device: Type.String(),
  metric: Type.String(),
  unit: Type.String(),
  modelVersion: Type.String(),
});
export type MeetsAnswer = Static<typeof MeetsAnswer>;
