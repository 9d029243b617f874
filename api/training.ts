import { type Static, Type } from '#typebox';
import { transferKind } from '../src/predictors/kinds/transfer.js';
import { predictorKinds } from '../src/predictors/registry.js';
import { ModelCard } from '../src/predictors/saved/card.js';
import { TableFormat } from './downloads.js';
import { maybe } from './maybe.js';
import { MetricName, NamedMetric } from './metric-name.js';
import { Text } from './text.js';
import { TimeLimit } from './time-limit.js';

export const TrainRequest = Type.Object(
  {
    metric: Type.Optional(MetricName),
    predictor: Type.Optional(
      Type.Enum([...predictorKinds.map(({ name }) => name), transferKind.name], {
        default: 'gcn',
        description:
          'transfer: also learn from the other devices of the space that have measurements; for devices with ten to a few hundred measurements',
      }),
    ),
    epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    promote: Type.Optional(
      Type.Union([Type.Literal('if-better'), Type.Literal('always'), Type.Literal('never')], {
        default: 'if-better',
        description:
          'if-better: only if its mean |ln(measured / predicted)| on the held-out measurements is below that of the serving version',
      }),
    ),
    timeLimitSeconds: TimeLimit('train'),
  },
  { additionalProperties: false },
);
export type TrainRequest = Static<typeof TrainRequest>;

const HeldOut = Type.Object({
  samples: Type.Integer({ description: 'Networks that no version of the device is trained on' }),
  error: maybe(Type.Number(), 'Mean of |ln(measured / predicted)| on them; null with fewer than two'),
  incumbent: Type.Union(
    [Type.Object({ version: Type.String(), error: Type.Union([Type.Number(), Type.Null()]) }), Type.Null()],
    { description: 'The version that served during the training, on the same measurements' },
  ),
});

const Version = Type.Object({
  version: Type.String(),
  serving: Type.Boolean(),
  origin: Type.Union([Type.Literal('trained'), Type.Literal('shipped'), Type.Literal('folder')], {
    description:
      'trained: by this service; shipped: included in the package; folder: added to the folder of predictors, for example by `tempograph train`',
  }),
  predictor: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  data: ModelCard.properties.data,
  scores: ModelCard.properties.scores,
  heldOut: maybe(HeldOut, 'null if this service did not train it'),
  job: Type.Union([Type.String(), Type.Null()]),
});
export type Version = Static<typeof Version>;

export const VersionsQuery = Type.Object({ metric: Type.Optional(MetricName), format: TableFormat });

export const VersionsAnswer = Type.Object({
  device: Type.String(),
  ...NamedMetric,
  serving: maybe(Type.String(), 'Version that answers predictions now'),
  previous: maybe(Type.String(), 'Version that a rollback would return to; null if there is none'),
  versions: Type.Array(Version, { description: 'Latest first' }),
});
export type VersionsAnswer = Static<typeof VersionsAnswer>;

export const PromoteBody = Type.Object(
  { version: Text({ maxLength: 100 }), metric: Type.Optional(MetricName) },
  { additionalProperties: false },
);

export const RollbackBody = Type.Object(
  {
    metric: Type.Optional(MetricName),
    version: Type.Optional(
      Text({ maxLength: 100, description: 'By default the one that served before the last promotion' }),
    ),
  },
  { additionalProperties: false },
);
