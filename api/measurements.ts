import { type Static, Type } from '#typebox';
import { ColumnReading } from '../src/datasets/column-reading.js';
import { ModelCard } from '../src/predictors/saved/card.js';
import { TableFormat } from './downloads.js';
import { maybe } from './maybe.js';
import { MetricName, NamedMetric } from './metric-name.js';
import { Text } from './text.js';
import { WholeNumber } from './whole-number.js';

/** Most measurements in one upload. */
export const MAX_MEASUREMENTS = 20_000;

/** Names that are valid in the path of a request and of a file. */
export const StoredDeviceParams = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$', description: 'Device' }),
});

const { deadOperations } = ModelCard.properties;

/** What an upload or a queue of candidates may say about a device; a new one needs the space. */
export const DeviceClaims = {
  space: Type.Optional(Text({ maxLength: 100, description: 'Needed for a new device' })),
  deadOperations: Type.Optional(
    Type.Union(deadOperations.anyOf, { description: 'For a new device; `timed` by default' }),
  ),
  description: Type.Optional(Text({ maxLength: 1000, description: 'For a new device' })),
  batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Images per run' })),
  precision: Type.Optional(Text({ maxLength: 50, examples: ['fp32', 'int8'] })),
};

const Candidate = Type.String({ format: 'uuid', description: 'The candidate that was measured' });

const UploadKey = Text({
  minLength: 1,
  maxLength: 200,
  description:
    'Identifies this upload: if it is sent again with the same content, it is stored once and gets the same answer',
});

const UploadRow = Type.Object(
  {
    architecture: Type.String({ maxLength: 2000 }),
    latencyMs: Type.Optional(Type.Number({ description: 'For the device’s batch size; from 1e-9 to 1e9' })),
    metric: Type.Optional(MetricName),
    value: Type.Optional(
      Type.Number({ description: 'Value of the metric; from 1e-12 to 1e15 of its own unit' }),
    ),
    unit: Type.Optional(
      Text({ minLength: 1, maxLength: 20, description: 'Unit of the value; the metric’s own by default' }),
    ),
    candidate: Type.Optional(Candidate),
  },
  { additionalProperties: false, description: 'Has either `latencyMs`, or `metric` and `value`' },
);
export type UploadRow = Static<typeof UploadRow>;

export const UploadBody = Type.Object(
  {
    key: UploadKey,
    ...DeviceClaims,
    measurements: Type.Array(UploadRow, { minItems: 1, maxItems: MAX_MEASUREMENTS }),
  },
  {
    additionalProperties: false,
    description:
      'As text/csv: a column `architecture` (or `arch`), columns of values that name their units (`latency_ms`, `energy_j`, `board_mj` of the device `board`) or `metric`, `value` and `unit`, and `candidate` for candidates. The other fields go into the query. There, `metric=co2:g`, which may be repeated, restricts the upload to columns of this metric, and introduces a metric of your own, as in `board_co2_g`',
    examples: [
      {
        key: 'bench-2024-05-01',
        space: 'nasbench201',
        measurements: [
          {
            architecture: '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|',
            latencyMs: 4.25,
          },
          {
            architecture: '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|',
            metric: 'energy',
            value: 31.5,
            unit: 'mJ',
          },
        ],
      },
    ],
  },
);
export type UploadBody = Static<typeof UploadBody>;

const Drift = Type.Object(
  {
    drifted: Type.Boolean({
      description:
        'Whether at least 10 networks were compared and their median error is more than twice the held-out one',
    }),
    modelVersion: Type.String(),
    compared: Type.Integer({ description: 'Connected networks' }),
    medianError: Type.Number({ description: 'Median of |predicted - measured| / measured' }),
    heldOutMedianError: Type.Number({
      description:
        'The same on the networks held out when the model was trained; estimated from its intervals if there were none',
    }),
    medianRatio: Type.Number({
      description: 'Median of measured / predicted: above 1 means slower than predicted',
    }),
    outliers: Type.Integer({
      description: 'Measurements whose error is more than five times the held-out one (at least 1 %)',
    }),
    worst: Type.Array(
      Type.Object({
        row: Type.Integer({
          description: 'Position in the upload, or in the list, from 0',
        }),
        architecture: Type.String(),
        latencyMs: Type.Optional(Type.Number({ description: 'For latency, in the form of version 0.1' })),
        predictedMs: Type.Optional(Type.Number()),
        value: Type.Optional(Type.Number({ description: 'If the request names a metric: in its unit' })),
        predicted: Type.Optional(Type.Number()),
        error: Type.Number(),
      }),
      { description: 'The outliers with the largest errors, at most a hundred' },
    ),
  },
  { description: 'How much the measurements disagree with the model that serves the device' },
);
export type Drift = Static<typeof Drift>;

const MaybeDrift = maybe(Drift, 'null if there is no model to compare with yet');

export const UploadAnswer = Type.Object({
  device: Type.String(),
  key: Type.String(),
  accepted: Type.Integer({ description: 'Measurements stored' }),
  drift: maybe(Drift, 'For latency; null if there is no model to compare with yet'),
  metrics: Type.Optional(
    Type.Array(
      Type.Object({
        metric: Type.String(),
        unit: Type.String({ description: 'Unit in which values are stored' }),
        accepted: Type.Integer(),
        drift: MaybeDrift,
      }),
      { description: 'By metric; absent if an upload of version 0.1 is repeated' },
    ),
  ),
  columns: Type.Optional(
    Type.Array(ColumnReading, {
      description: 'For CSV: how its columns were read, or why they were left out',
    }),
  ),
});
export type UploadAnswer = Static<typeof UploadAnswer>;

export const WithdrawQuery = Type.Object({ key: UploadKey }, { additionalProperties: false });

export const WithdrawAnswer = Type.Object({
  device: Type.String(),
  key: Type.String({ description: 'The key, which can now be reused' }),
  removed: Type.Integer({ description: 'Number of measurements removed' }),
});

/** Selects one of a device's metrics. */
export const MetricQuery = Type.Object({ metric: Type.Optional(MetricName) });

export const MeasurementsQuery = Type.Object({
  metric: Type.Optional(MetricName),
  after: Type.Optional(WholeNumber({ default: 0, description: 'Only measurements with a larger id' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: '1000 by default; a file lists all' }),
  ),
  format: TableFormat,
});

export const MeasurementsAnswer = Type.Object({
  device: Type.String(),
  space: Type.String(),
  deadOperations,
  ...NamedMetric,
  total: Type.Integer({ description: 'Measurements of the device’s metric' }),
  measurements: Type.Array(
    Type.Object({
      id: Type.Integer(),
      architecture: Type.String(),
      latencyMs: Type.Optional(Type.Number({ description: 'For latency, in the form of version 0.1' })),
      value: Type.Optional(Type.Number({ description: 'If the request named a metric: in its unit' })),
      heldOut: Type.Boolean({
        description: 'Whether it is held out: no version trained here learns from it; each is tested on it',
      }),
      candidate: Type.Union([Candidate, Type.Null()]),
      key: Type.String({ description: 'Key of its upload' }),
      uploadedAt: Type.String({ format: 'date-time' }),
    }),
  ),
  next: maybe(Type.Integer(), '`after` of the next page; null on the last'),
});
export type MeasurementsAnswer = Static<typeof MeasurementsAnswer>;

export const DriftAnswer = Type.Object({
  device: Type.String(),
  ...NamedMetric,
  unlearned: Type.Integer({ description: 'Measurements the served model was not trained on' }),
  drift: MaybeDrift,
});
export type DriftAnswer = Static<typeof DriftAnswer>;
