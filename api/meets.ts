import { type Static, Type } from '#typebox';
import { MetricName } from './metric-name.js';
import { MAX_ARCHITECTURES } from './predict.js';
import { WholeNumber } from './whole-number.js';

/** Most architectures of a space considered by a request that names none. */
export const MOST_LOOKED_AT = 20_000;
/** The outermost calibrated quantile: no prediction is more certain. */
const MOST_PROBABLE = 0.975;

export const MeetsBody = Type.Object(
  {
    device: Type.String({ minLength: 1, maxLength: 200 }),
    metric: Type.Optional(MetricName),
    limit: Type.Number({
      exclusiveMinimum: 0,
      description: 'In the unit of the metric (ms for latency). A lower limit if more is better (throughput)',
    }),
    minProbability: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MOST_PROBABLE,
        default: 0.9,
        description: 'Probability that a measurement is within the limit',
      }),
    ),
    architectures: Type.Optional(
      Type.Array(Type.String({ maxLength: 2000 }), {
        minItems: 1,
        maxItems: MAX_ARCHITECTURES,
        description: `Canonical strings; by default the device's whole space, or ${MOST_LOOKED_AT.toLocaleString('en')} architectures drawn at random if it is larger`,
      }),
    ),
    seed: Type.Optional(WholeNumber({ default: 1, description: 'Seed of the random sample' })),
    from: Type.Optional(
      WholeNumber({
        default: 0,
        description: 'Index of the first one to return, among those that meet the limit',
      }),
    ),
    count: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: 100,
        description: 'Maximum number of architectures to return',
      }),
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
      value: Type.Number({ description: 'Prediction, in the unit' }),
      withinLimit: Type.Number({ description: 'Probability that a measurement is within the limit' }),
    }),
    { description: 'In the order given, or in the order of the space' },
  ),
  count: Type.Integer({ description: 'Number of architectures that meet the limit' }),
  lookedAt: Type.Integer({ description: 'Number of architectures that were predicted' }),
  unreadable: Type.Integer({ description: 'Number of architectures that could not be predicted' }),
  isSample: Type.Boolean({ description: 'Whether they are a random sample, because the space is too large' }),
  next: Type.Union([Type.Integer(), Type.Null()], {
    description: '`from` of the next page; null on the last',
  }),
  device: Type.String(),
  metric: Type.String(),
  unit: Type.String(),
  modelVersion: Type.String(),
});
export type MeetsAnswer = Static<typeof MeetsAnswer>;
