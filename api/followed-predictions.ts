import { type Static, Type } from '#typebox';
import { maybe } from './maybe.js';
import { MetricName, NamedMetric } from './metric-name.js';

const Followed = Type.Object({
  id: Type.String({ format: 'uuid' }),
  device: Type.String(),
  metric: Type.String(),
  unit: Type.String(),
  modelVersion: Type.String({ description: 'Version that was served' }),
  architecture: Type.String({ description: 'Its canonical string' }),
  value: Type.Number({ description: 'Prediction, in the unit' }),
  low: maybe(Type.Number(), 'End of the interval that was served'),
  high: maybe(Type.Number(), 'End of the interval that was served'),
  servedAt: Type.String({ format: 'date-time' }),
  measured: maybe(Type.Number(), 'In the first upload afterwards; null until there is one'),
  measuredAt: maybe(Type.String({ format: 'date-time' }), 'When it was uploaded'),
});
export type Followed = Static<typeof Followed>;

export const FollowedAnswer = Followed;
export const FollowedParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

const Scores = {
  modelVersion: Type.String(),
  compared: Type.Integer({ description: 'Measurements for which there was a prediction' }),
  medianError: Type.Number({ description: 'Median of |predicted - measured| / measured' }),
  medianRatio: Type.Number({ description: 'Median of measured / predicted' }),
  within10: Type.Number({ description: 'Share of predictions within ±10 % of the measurement' }),
  coverage: maybe(
    Type.Number(),
    'Share of measurements inside the interval that was served; null without any',
  ),
};

export const ProductionQuery = Type.Object({
  metric: Type.Optional(MetricName),
  days: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 3660, default: 90, description: 'Days listed individually' }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 10_000,
      default: 100,
      description: 'Predictions listed individually',
    }),
  ),
});

export const ProductionAnswer = Type.Object({
  device: Type.String(),
  ...NamedMetric,
  versions: Type.Array(Type.Object(Scores), {
    description: 'Version with the latest measured prediction first',
  }),
  days: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), ...Scores }), {
    description: 'By day, UTC, and version',
  }),
  predictions: Type.Array(Followed, { description: 'The latest predictions that were measured afterwards' }),
});
export type ProductionAnswer = Static<typeof ProductionAnswer>;

const Rule = {
  medianError: Type.Number({
    minimum: 1e-6,
    maximum: 10,
    description:
      'A new version is trained if the median error in production of the serving version exceeds this',
  }),
  least: Type.Optional(
    Type.Integer({
      minimum: 5,
      maximum: 1_000_000,
      default: 20,
      description:
        '… and at least this many networks were compared, and as many measurements were not used in training yet',
    }),
  ),
};

export const RetrainingBody = Type.Object(
  { metric: Type.Optional(MetricName), ...Rule },
  { additionalProperties: false },
);

export const RetrainingAnswer = Type.Object({
  device: Type.String(),
  ...NamedMetric,
  rule: maybe(Type.Object(Rule), 'null: trained only on request'),
});
