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
          'In the unit of the metric. Each prediction then gives the probability that a measurement is at most this (if more is better, as for throughput, at least this)',
      }),
    ),
    limitMs: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'The same for latency' })),
    track: Type.Optional(
      Type.Boolean({
        description:
          'Stores the predictions, each under an `id`, to compare them with later measurements; at most 1,000 per request',
      }),
    ),
    intervals: Type.Optional(
      Type.Boolean({ description: 'Whether predictions include an interval; false by default' }),
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
    lowMs: Type.Optional(Type.Number({ description: 'For latency, in the form of version 0.1' })),
    highMs: Type.Optional(Type.Number()),
    low: Type.Optional(Type.Number({ description: 'If the request named a metric: in its unit' })),
    high: Type.Optional(Type.Number()),
    level: Type.Number({ description: 'Share of new measurements inside the interval, 0 to 1' }),
    unfamiliar: Type.Boolean({
      description: 'True for an architecture unlike those measured: the prediction is an extrapolation',
    }),
  },
  { description: 'If `intervals` was requested and the predictor has them' },
);

const Prediction = Type.Object(
  {
    id: Type.Optional(Type.String({ format: 'uuid', description: 'If `track` was requested' })),
    architecture: Type.String({ description: 'As in the request' }),
    device: Type.Optional(Type.String({ description: 'If the request named several' })),
    latencyMs: Type.Optional(Type.Number({ description: 'For latency, in the form of version 0.1' })),
    value: Type.Optional(Type.Number({ description: 'If the request named a metric: in its unit' })),
    modelVersion: Type.Optional(Type.String()),
    withinLimit: Type.Optional(
      Type.Number({ description: 'Probability that a measurement is within the limit' }),
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
  metric: Type.Optional(Type.String({ description: 'If the request named one' })),
  unit: Type.String({ description: 'ms, or the unit of the metric named' }),
  batchSize: maybe(Type.Integer(), 'Images per run; null if unknown'),
  precision: Type.Union([Type.String(), Type.Null()]),
};

export const PredictAnswer = Type.Object({
  predictions: Type.Array(Prediction, {
    description:
      'In the order of the architectures; with several devices, all predictions of the first device come first',
  }),
  metric: Conditions.metric,
  unit: Conditions.unit,
  device: Type.Optional(Type.String({ description: 'If the request named one' })),
  batchSize: Type.Optional(Conditions.batchSize),
  precision: Type.Optional(Conditions.precision),
  devices: Type.Optional(
    Type.Array(Type.Object({ device: Type.String(), ...Conditions }), {
      description: 'If the request named several',
    }),
  ),
});
export type PredictAnswer = Static<typeof PredictAnswer>;

/** Most predictions in one file. */
const MOST_IN_FILE = 1_000_000;

export const PredictionsQuery = Type.Object({
  metric: Type.Optional(MetricName),
  format: FileFormat,
  from: Type.Optional(
    WholeNumber({
      default: 0,
      description: 'Index of the first architecture, in the published order of the space',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_IN_FILE, default: 100_000 })),
  sample: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MOST_IN_FILE,
      description: 'Instead: number of architectures to draw at random',
    }),
  ),
  seed: Type.Optional(WholeNumber({ default: 1, description: 'Seed of the sample' })),
});
