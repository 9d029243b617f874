import { type Static, Type } from '#typebox';
import { Metric } from '../metrics/metric.js';
import { ColumnReading } from './column-reading.js';

/** How latencies were measured, and how sure they are. Ratios and shares are of one. */
export const MeasurementFacts = Type.Object({
  machine: Type.Object({
    cpu: Type.String(),
    logicalCores: Type.Integer(),
    memoryGiB: Type.Number(),
    os: Type.String(),
    architecture: Type.String(),
  }),
  /** What ran the models: onnxruntime's execution provider, threads and optimisations, or a command. */
  runtime: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  protocol: Type.Object({
    runs: Type.Integer(),
    rounds: Type.Integer(),
    extraRounds: Type.Integer(),
    block: Type.Integer(),
    seed: Type.Integer(),
    interleaved: Type.Optional(Type.Boolean()),
    profiles: Type.Optional(Type.Integer()),
    description: Type.String(),
  }),
  /** The reference network's latency over its median, by round. */
  drift: Type.Object({
    reference: Type.String(),
    baselineMs: Type.Number(),
    rounds: Type.Array(
      Type.Object({
        round: Type.Integer(),
        references: Type.Integer(),
        least: Type.Number(),
        median: Type.Number(),
        greatest: Type.Number(),
      }),
    ),
  }),
  /** Of a network's latency, from how its groups of runs differ; null where there was one group. */
  standardError: Type.Object({
    median: Type.Union([Type.Number(), Type.Null()]),
    p90: Type.Union([Type.Number(), Type.Null()]),
  }),
  /** Share of the runs that another process interrupted, and of the groups of runs that did not settle. */
  interruptedRuns: Type.Number(),
  unsettledGroups: Type.Number(),
  /** Networks that had extra rounds, and those that could not be run. */
  remeasured: Type.Integer(),
  failed: Type.Integer(),
  startedAt: Type.String({ format: 'date-time' }),
  finishedAt: Type.String({ format: 'date-time' }),
});
export type MeasurementFacts = Static<typeof MeasurementFacts>;

/** Where a dataset comes from, as the cards of all kinds of datasets say it. */
export const DatasetOrigin = {
  /** How the numbers came about: measured, or the analytic model and its parameters. */
  method: Type.String(),
  measurement: Type.Optional(MeasurementFacts),
  source: Type.String(),
  licence: Type.String(),
  /** Of the CSV file. */
  sha256: Type.String(),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
};

/** `<name>.card.json` beside a dataset in normalised form: `arch,device`, and a column for each metric, as `latency_ms`. */
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
      /** Of latency, where it was measured. */
      minMs: Type.Optional(Type.Number()),
      medianMs: Type.Optional(Type.Number()),
      maxMs: Type.Optional(Type.Number()),
      /** Of each metric that was measured; absent in cards of version 0.1, which have latency alone. */
      values: Type.Optional(
        Type.Array(
          Type.Object({
            metric: Type.String(),
            unit: Type.String(),
            rows: Type.Integer(),
            min: Type.Number(),
            median: Type.Number(),
            max: Type.Number(),
          }),
        ),
      ),
    }),
  ),
  /** What was measured; absent in cards of version 0.1: latency in ms. */
  metrics: Type.Optional(Type.Array(Metric)),
  /** What each column of the file that was imported was read as, and those that were left out. */
  columns: Type.Optional(Type.Array(ColumnReading)),
  ...DatasetOrigin,
});
export type DatasetCard = Static<typeof DatasetCard>;
