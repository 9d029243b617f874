import { type Static, Type } from '#typebox';
import { ColumnReading } from '../../datasets/column-reading.js';
import { CalibratedDevice } from '../../devices/calibration/calibrated-device.js';
import { LATENCY, Metric } from '../../metrics/metric.js';
import { SpaceFile } from '../../spaces/declared/space-file.js';
import { Coverage } from '../coverage.js';
import { Calibration } from '../intervals/calibration.js';
import { KeptPositions } from '../intervals/quantiles.js';
import { Scores } from '../scores.js';

/** What a predictor of kind `analytic` needs besides its `model.onnx`. */
const AnalyticPrior = Type.Object({
  device: CalibratedDevice,
  features: Type.Array(Type.String(), { description: 'Layer times in the order of the input `layer_ms`' }),
});
export type AnalyticPrior = Static<typeof AnalyticPrior>;

/** What a predictor predicts: the metric, and the range of its training data. */
export const PredictionTarget = Type.Object({
  metric: Metric,
  batchSize: Type.Union([Type.Integer(), Type.Null()]),
  precision: Type.Union([Type.String(), Type.Null()]),
  percentiles: Type.Array(Type.Number(), {
    description: 'Values of the training data at 0, 1, … 100 %, in the metric’s unit',
  }),
});
export type PredictionTarget = Static<typeof PredictionTarget>;

/** `card.json` beside a `model.onnx`: everything needed to use the model, to trust it and to make it again. */
export const ModelCard = Type.Object({
  format: Type.Literal('tempograph-model/1'),
  device: Type.String({ description: 'Identifier used in queries' }),
  description: Type.String({ description: 'The device in words' }),
  space: Type.String(),
  /** The file that declared the space, if one did, so that the model can be used without it. */
  spaceFile: Type.Optional(SpaceFile),
  deadOperations: Type.Union([Type.Literal('timed'), Type.Literal('pruned')]),
  /** Name in the predictor registry; it determines the inputs of `model.onnx`. */
  predictor: Type.String(),
  /** First 12 hexadecimal digits of the SHA-256 of `model.onnx`. */
  version: Type.String(),
  /** For a predictor of latency, as in every card since version 0.1. */
  latency: Type.Optional(
    Type.Object({
      unit: Type.Literal('ms'),
      batchSize: PredictionTarget.properties.batchSize,
      precision: PredictionTarget.properties.precision,
      /** Measured (or analytic) latencies in ms at 0, 1, … 100 % of the training data. */
      percentilesMs: Type.Array(Type.Number()),
    }),
  ),
  /** For a predictor of any other metric. */
  target: Type.Optional(PredictionTarget),
  data: Type.Object({
    name: Type.String(),
    source: Type.String(),
    licence: Type.String(),
    sha256: Type.String({ description: 'Of the data file as read' }),
    columns: Type.Optional(
      Type.Array(ColumnReading, {
        description: 'What its columns were read as, and those that were left out',
      }),
    ),
    train: Type.Integer(),
    valid: Type.Integer(),
    test: Type.Integer(),
  }),
  coverage: Type.Optional(Coverage),
  split: Type.Object({
    kind: Type.Union([Type.Literal('random'), Type.Literal('by-class'), Type.Literal('by-hash')]),
    seed: Type.Integer(),
  }),
  seed: Type.Integer(),
  options: Type.Record(Type.String(), Type.Unknown()),
  interval: Type.Optional(
    Type.Object(
      {
        level: Type.Number({ description: 'Share of new measurements inside their interval, 0 to 1' }),
        typical: Type.Object(
          { low: Type.Number(), high: Type.Number() },
          { description: 'Ends of the median interval, as multiples of the prediction' },
        ),
        calibrationSamples: Type.Integer({ description: 'Held-out measurements that set the widths' }),
        quantiles: Type.Optional(KeptPositions),
        upper: Type.Optional(
          Type.Array(Type.Object({ share: Type.Number(), multiple: Type.Number() }), {
            description:
              'The same in cards without `quantiles`, from a share of 0.5: multiples of the upper end, as logarithms',
          }),
        ),
        calibration: Type.Optional(Calibration),
        method: Type.String(),
        version: Type.String({ description: 'First 12 hexadecimal digits of the SHA-256 of interval.onnx' }),
      },
      { description: 'How intervals were calibrated; absent where they were not' },
    ),
  ),
  targetScaling: Type.Object({ transform: Type.Literal('log'), mean: Type.Number(), std: Type.Number() }),
  scores: Type.Object({ valid: Type.Union([Scores, Type.Null()]), test: Type.Union([Scores, Type.Null()]) }),
  prior: Type.Optional(AnalyticPrior),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});
export type ModelCard = Static<typeof ModelCard>;

/** What a card's predictor predicts. */
export function targetOf({ latency, target }: ModelCard): PredictionTarget {
  if (target) return target;
  const { batchSize = null, precision = null, percentilesMs: percentiles = [] } = latency ?? {};
  return { metric: LATENCY, batchSize, precision, percentiles };
}

/** The fields of a card that say what it predicts. */
export function targetFields(target: PredictionTarget): Pick<ModelCard, 'latency' | 'target'> {
  const { metric, batchSize, precision, percentiles } = target;
  if (metric.name !== LATENCY.name) return { target };
  return { latency: { unit: 'ms', batchSize, precision, percentilesMs: percentiles } };
}
