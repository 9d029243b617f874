import { type Static, Type } from '#typebox';
import { Metric } from '../src/metrics/metric.js';
import { ModelCard, PredictionTarget } from '../src/predictors/saved/card.js';
import { MetricName } from './metric-name.js';

const { properties: card } = ModelCard;

/** What a card says about a predictor of any metric. */
const About = {
  description: card.description,
  space: card.space,
  deadOperations: card.deadOperations,
  predictor: card.predictor,
  version: card.version,
  batchSize: PredictionTarget.properties.batchSize,
  precision: PredictionTarget.properties.precision,
  scores: Type.Object(card.scores.properties, { description: 'On validation and test data' }),
  source: card.data.properties.source,
  licence: card.data.properties.licence,
};

/** A device with a predictor of its latency, in the form of version 0.1. */
export const Device = Type.Object({
  id: card.device,
  ...About,
  unit: Type.Literal('ms'),
  percentilesMs: Type.Array(Type.Number(), {
    description: 'Percentiles of the latencies in the data, 0 to 100, ms',
  }),
  metrics: Type.Array(Type.String(), { description: 'Metrics predicted for it, including latency' }),
});
export type Device = Static<typeof Device>;

/** A predictor of any metric: what a client needs to choose one, and to read its numbers. */
export const PredictorSummary = Type.Object({
  device: card.device,
  metric: Metric,
  metricName: Type.String({ description: 'Name of the metric in requests: energy, co2:g' }),
  ...About,
  percentiles: PredictionTarget.properties.percentiles,
});
export type PredictorSummary = Static<typeof PredictorSummary>;

export const PredictorsAnswer = Type.Object({ predictors: Type.Array(PredictorSummary) });

export const CardQuery = Type.Object({ metric: Type.Optional(MetricName) });

export const DevicesAnswer = Type.Object({ devices: Type.Array(Device) });

export const DeviceParams = Type.Object({ id: Type.String() });
