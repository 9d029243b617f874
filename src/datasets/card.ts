import { type Static, Type } from 'typebox';

/** `<name>.card.json` beside a dataset in normalised form (`arch,device,latency_ms`). */
export const DatasetCard = Type.Object({
  format: Type.Literal('tempograph-dataset/1'),
  name: Type.String(),
  space: Type.String(),
  deadOperations: Type.Union([Type.Literal('timed'), Type.Literal('pruned')]),
  rows: Type.Integer(),
  devices: Type.Array(
    Type.Object({
      id: Type.String(),
      description: Type.String(),
      rows: Type.Integer(),
      batchSize: Type.Union([Type.Integer(), Type.Null()]),
      precision: Type.Union([Type.String(), Type.Null()]),
      minMs: Type.Number(),
      medianMs: Type.Number(),
      maxMs: Type.Number(),
    }),
  ),
  /** How the numbers came about: measured, or the analytic model and its parameters. */
  method: Type.String(),
  source: Type.String(),
  licence: Type.String(),
  /** Of the CSV file. */
  sha256: Type.String(),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});
export type DatasetCard = Static<typeof DatasetCard>;
