import { type Static, Type } from 'typebox';

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
  measurement: Type.Optional(MeasurementFacts),
  source: Type.String(),
  licence: Type.String(),
  /** Of the CSV file. */
  sha256: Type.String(),
  versions: Type.Record(Type.String(), Type.String()),
  createdAt: Type.String({ format: 'date-time' }),
});
export type DatasetCard = Static<typeof DatasetCard>;
