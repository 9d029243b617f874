import { type Static, Type } from '#typebox';
import { Metric } from '../metrics/metric.js';
import { ColumnReading } from './column-reading.js';

/** How latencies were measured, and how certain they are. Ratios and shares are fractions of 1. */
export const MeasurementFacts = Type.Object({
  machine: Type.Object({
    cpu: Type.String(),
    logicalCores: Type.Integer(),
    memoryGiB: Type.Number(),
    os: Type.String(),
    architecture: Type.String(),
  }),
  /** What ran the models: onnxruntime with its execution provider, threads and optimisations, or a command. */
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
  /** The reference network's latency over its median, in each round. */
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
  /**
   * Relative standard error of a network's latency, from how its groups of runs differ; null if there was
   * only one group.
   */
  standardError: Type.Object({
    median: Type.Union([Type.Number(), Type.Null()]),
    p90: Type.Union([Type.Number(), Type.Null()]),
  }),
  /** Share of the runs that another process interrupted, and of the groups of runs that did not settle. */
  interruptedRuns: Type.Number(),
  unsettledGroups: Type.Number(),
  /** Number of networks that had extra rounds, and of those that could not be run. */
  remeasured: Type.Integer(),
  failed: Type.Integer(),
  startedAt: Type.String({ format: 'date-time' }),
  finishedAt: Type.String({ format: 'date-time' }),
});
export type MeasurementFacts = Static<typeof MeasurementFacts>;

/** Where a dataset comes from: fields that the cards of all kinds of datasets share. */
export const DatasetOrigin = {
  /** How the values were obtained: measured, or from an analytic model with its parameters. */
  method: Type.String(),
  measurement: Type.Optional(MeasurementFacts),
  source: Type.String(),
  licence: Type.String(),
  /** SHA-256 of the CSV file. */
  sha256: Type.String(),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
};

/**
 * `<name>.card.json` beside a dataset in normalised form: `arch,device`, then a column for each metric, such
 * as `latency_ms`.
 */
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
      /** Of the latencies, if they were measured. */
      minMs: Type.Optional(Type.Number()),
      medianMs: Type.Optional(Type.Number()),
      maxMs: Type.Optional(Type.Number()),
      /** For each metric that was measured. Absent in cards of version 0.1, which have latency only. */
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
  /** What was measured. Absent in cards of version 0.1, which means latency in ms. */
  metrics: Type.Optional(Type.Array(Metric)),
  /** What each column of the imported file was read as, and which columns were left out. */
  columns: Type.Optional(Type.Array(ColumnReading)),
  ...DatasetOrigin,
});
export type DatasetCard = Static<typeof DatasetCard>;
