import { type Static, Type } from '#typebox';
import { FileFormat } from './downloads.js';
import { maybe } from './maybe.js';
import { MetricName } from './metric-name.js';
import { WholeNumber } from './whole-number.js';

export const MAX_ARCHITECTURES = 10_000;
const MAX_DEVICES = 100;

const DeviceId = Type.String({ minLength: 1, maxLength: 200 });

export const PredictBody = Type.Object(
  {
    device: Type.Optional(DeviceId),
    devices: Type.Optional(Type.Array(DeviceId, { minItems: 1, maxItems: MAX_DEVICES })),
    architectures: Type.Array(Type.String({ maxLength: 2000 }), {
      minItems: 1,
      maxItems: MAX_ARCHITECTURES,
      description: "Canonical strings of the device's space",
    }),
    metric: Type.Optional(MetricName),
    limit: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description:
          'In the unit of the metric: predictions say how probable it is that a measurement is at most it, or, where more is better (throughput), at least it',
      }),
    ),
    limitMs: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'The same, of latency' })),
    track: Type.Optional(
      Type.Boolean({
        description:
          'Keeps the predictions, each under an `id`, to be compared with what is measured later; 1,000 at most in a request',
      }),
    ),
    intervals: Type.Optional(
      Type.Boolean({ description: 'Whether predictions carry an interval; false if not given' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Names either one `device` or several `devices`',
    examples: [
      {
        device: 'pixel3',
        architectures: ['|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|'],
      },
    ],
  },
);
export type PredictBody = Static<typeof PredictBody>;

const Interval = Type.Object(
  {
    lowMs: Type.Optional(Type.Number({ description: 'Of latency' })),
    highMs: Type.Optional(Type.Number()),
    low: Type.Optional(Type.Number({ description: 'Where a metric was named: in its unit' })),
    high: Type.Optional(Type.Number()),
    level: Type.Number({ description: 'Share of new measurements between the two, 0 to 1' }),
    unfamiliar: Type.Boolean({
      description: 'True for an architecture unlike those that were measured: an extrapolation',
    }),
  },
  { description: 'Where `intervals` was asked for and the predictor has them' },
);

const Prediction = Type.Object(
  {
    id: Type.Optional(Type.String({ format: 'uuid', description: 'Where `track` was asked for' })),
    architecture: Type.String({ description: 'As it was asked' }),
    device: Type.Optional(Type.String({ description: 'Where several were asked' })),
    latencyMs: Type.Optional(Type.Number({ description: 'Of latency' })),
    value: Type.Optional(Type.Number({ description: 'Where a metric was named: in its unit' })),
    modelVersion: Type.Optional(Type.String()),
    withinLimit: Type.Optional(
      Type.Number({ description: 'Probability that a measurement is within the limit that was asked about' }),
    ),
    interval: Type.Optional(Interval),
    error: Type.Optional(
      Type.String({ description: 'Instead of a value: what is wrong with the architecture' }),
    ),
  },
  { description: 'A value with its `modelVersion`, or `error`' },
);
export type Prediction = Static<typeof Prediction>;

const Conditions = {
  metric: Type.Optional(Type.String({ description: 'Where one was named' })),
  unit: Type.String({ description: 'ms, or that of the metric that was named' }),
  batchSize: maybe(Type.Integer(), 'Images per run; null: not known'),
  precision: Type.Union([Type.String(), Type.Null()]),
};

export const PredictAnswer = Type.Object({
  predictions: Type.Array(Prediction, {
    description: 'In the order of the architectures; with several devices, all of the first one first',
  }),
  metric: Conditions.metric,
  unit: Conditions.unit,
  device: Type.Optional(Type.String({ description: 'Where one was asked' })),
  batchSize: Type.Optional(Conditions.batchSize),
  precision: Type.Optional(Conditions.precision),
  devices: Type.Optional(
    Type.Array(Type.Object({ device: Type.String(), ...Conditions }), {
      description: 'Where several were asked',
    }),
  ),
});
export type PredictAnswer = Static<typeof PredictAnswer>;

/** Predictions in one file. */
const MOST_IN_FILE = 1_000_000;

export const PredictionsQuery = Type.Object({
  metric: Type.Optional(MetricName),
  format: FileFormat,
  from: Type.Optional(
    WholeNumber({
      default: 0,
      description: 'Index of the first in the space’s published order',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_IN_FILE, default: 100_000 })),
  sample: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MOST_IN_FILE, description: 'Instead of those: so many at random' }),
  ),
  seed: Type.Optional(WholeNumber({ default: 1, description: 'Of the sample' })),
});
