import { type Static, Type } from 'typebox';
import { ModelCard } from '../src/predictors/saved/card.js';

const { properties: card } = ModelCard;

/** What a client needs to choose a device and to read its numbers. */
export const Device = Type.Object({
  id: card.device,
  description: card.description,
  space: card.space,
  deadOperations: card.deadOperations,
  predictor: card.predictor,
  version: card.version,
  unit: card.latency.properties.unit,
  batchSize: card.latency.properties.batchSize,
  precision: card.latency.properties.precision,
  percentilesMs: Type.Array(Type.Number(), {
    description: 'Latencies of the data at 0, 1, … 100 %, ms',
  }),
  scores: Type.Object(card.scores.properties, { description: 'On validation and test data' }),
  source: card.data.properties.source,
  licence: card.data.properties.licence,
});
export type Device = Static<typeof Device>;

export const DevicesAnswer = Type.Object({ devices: Type.Array(Device) });

export const DeviceParams = Type.Object({ id: Type.String() });
