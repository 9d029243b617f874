import { type Static, Type } from '#typebox';
import { predictorKinds } from '../src/predictors/registry.js';
import { MetricName } from './metric-name.js';
import { TimeLimit } from './time-limit.js';

const Count = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: 1_000_000, description }));

export const EvaluateRequest = Type.Object(
  {
    metric: Type.Optional(MetricName),
    predictors: Type.Optional(
      Type.Array(Type.Enum(predictorKinds.map(({ name }) => name)), {
        minItems: 1,
        uniqueItems: true,
        description: 'All by default',
      }),
    ),
    train: Count(2, 'Training samples; by default 900, or 72 % if there are fewer than 1,250 networks'),
    valid: Count(1, 'Validation samples; by default 100, or 8 %'),
    seeds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 3,
        description: 'Repetitions, each with its own split',
      }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1 })),
    split: Type.Optional(
      Type.Union([Type.Literal('random'), Type.Literal('by-class')], {
        default: 'random',
        description: 'by-class keeps isomorphic architectures in the same part',
      }),
    ),
    epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    timeLimitSeconds: TimeLimit('evaluate'),
  },
  { additionalProperties: false },
);
export type EvaluateRequest = Static<typeof EvaluateRequest>;
