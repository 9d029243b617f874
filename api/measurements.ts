import { type Static, Type } from '#typebox';
import { ColumnReading } from '../src/datasets/column-reading.js';
import { ModelCard } from '../src/predictors/saved/card.js';
import { TableFormat } from './downloads.js';
import { maybe } from './maybe.js';
import { MetricName, NamedMetric } from './metric-name.js';
import { Text } from './text.js';
import { WholeNumber } from './whole-number.js';

/** Measurements in one upload. */
export const MAX_MEASUREMENTS = 20_000;

/** Names that can stand in a path, of a file too. */
export const StoredDeviceParams = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$', description: 'Device' }),
});

const { deadOperations } = ModelCard.properties;

/** What an upload or a queue of candidates may say of a device; a new one needs the space. */
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
  description: 'Names this upload: sent again with the same content it is kept once and answered the same',
});

const UploadRow = Type.Object(
  {
    architecture: Type.String({ maxLength: 2000 }),
    latencyMs: Type.Optional(Type.Number({ description: 'For the device’s batch size: from 1e-9 to 1e9' })),
    metric: Type.Optional(MetricName),
    value: Type.Optional(Type.Number({ description: 'Of the metric; from 1e-12 to 1e15 of its own unit' })),
    unit: Type.Optional(
      Text({ minLength: 1, maxLength: 20, description: 'Of the value; the metric’s own by default' }),
    ),
    candidate: Type.Optional(Candidate),
  },
  { additionalProperties: false, description: 'Has `latencyMs`, or `metric` and `value`' },
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
      'As text/csv: a column `architecture` (or `arch`), columns of values that name their units (`latency_ms`, `energy_j`, `board_mj` of the device `board`) or `metric`, `value` and `unit`, and `candidate` where it was one; the other fields go into the query, where `metric=co2:g` has only columns of this metric taken, and tells one of your own, `board_co2_g`; it may come several times',
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
        'At least 10 networks were compared, and their median error is more than twice the held-out one',
    }),
    modelVersion: Type.String(),
    compared: Type.Integer({ description: 'Connected networks' }),
    medianError: Type.Number({ description: 'Median of |predicted - measured| / measured' }),
    heldOutMedianError: Type.Number({
      description:
        'The same on what was held out when the model was trained; as its intervals have it, where nothing was',
    }),
    medianRatio: Type.Number({
      description: 'Median of measured / predicted: above 1 is slower than predicted',
    }),
    outliers: Type.Integer({
      description: 'Measurements whose error is more than five times the held-out one (1 % at least)',
    }),
    worst: Type.Array(
      Type.Object({
        row: Type.Integer({
          description: 'Position among the measurements of the upload, or in the list, from 0',
        }),
        architecture: Type.String(),
        latencyMs: Type.Optional(Type.Number({ description: 'Of latency' })),
        predictedMs: Type.Optional(Type.Number()),
        value: Type.Optional(Type.Number({ description: 'Where a metric is named: in its unit' })),
        predicted: Type.Optional(Type.Number()),
        error: Type.Number(),
      }),
      { description: 'The outliers with the largest errors, a hundred at most' },
    ),
  },
  { description: 'How the measurements disagree with the model that serves the device' },
);
export type Drift = Static<typeof Drift>;

const MaybeDrift = maybe(Drift, 'null where there is no model yet to compare with');

export const UploadAnswer = Type.Object({
  device: Type.String(),
  key: Type.String(),
  accepted: Type.Integer({ description: 'Measurements kept' }),
  drift: maybe(Drift, 'Of latency; null where there is no model yet to compare with'),
  metrics: Type.Optional(
    Type.Array(
      Type.Object({
        metric: Type.String(),
        unit: Type.String({ description: 'In which values are kept' }),
        accepted: Type.Integer(),
        drift: MaybeDrift,
      }),
      { description: 'By metric; absent in answers to uploads of version 0.1 that are sent again' },
    ),
  ),
  columns: Type.Optional(
    Type.Array(ColumnReading, {
      description: 'Of CSV: what its columns were read as, or why they were left out',
    }),
  ),
});
export type UploadAnswer = Static<typeof UploadAnswer>;

export const WithdrawQuery = Type.Object({ key: UploadKey }, { additionalProperties: false });

export const WithdrawAnswer = Type.Object({
  device: Type.String(),
  key: Type.String({ description: 'Free for another upload' }),
  removed: Type.Integer({ description: 'Measurements that are gone' }),
});

/** Which of a device's metrics is meant. */
export const MetricQuery = Type.Object({ metric: Type.Optional(MetricName) });

export const MeasurementsQuery = Type.Object({
  metric: Type.Optional(MetricName),
  after: Type.Optional(WholeNumber({ default: 0, description: 'Only measurements with a larger id' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 10_000, description: '1000 by default; all in a file' }),
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
      latencyMs: Type.Optional(Type.Number({ description: 'Of latency' })),
      value: Type.Optional(Type.Number({ description: 'Where a metric was named: in its unit' })),
      heldOut: Type.Boolean({ description: 'No version trained here learns from it; each is tested on it' }),
      candidate: Type.Union([Candidate, Type.Null()]),
      key: Type.String({ description: 'Of its upload' }),
      uploadedAt: Type.String({ format: 'date-time' }),
    }),
  ),
  next: maybe(Type.Integer(), '`after` of the next page; null on the last'),
});
export type MeasurementsAnswer = Static<typeof MeasurementsAnswer>;

export const DriftAnswer = Type.Object({
  device: Type.String(),
  ...NamedMetric,
  unlearned: Type.Integer({ description: 'Measurements that the served model was not trained with' }),
  drift: MaybeDrift,
});
export type DriftAnswer = Static<typeof DriftAnswer>;
