import { Random } from '../src/random.js';
import type { SearchSpace } from '../src/spaces/space.js';
import type { DeviceModel } from './device-model.js';
import type { Column, Table } from './downloads.js';
import type { Job } from './jobs/job.js';
import type { Prediction } from './schemas/predict.js';
import type { SearchAnswer } from './schemas/searches.js';
import type { Version } from './schemas/training.js';
import { type AuditEntry, listChanges } from './store/audit.js';
import type { Sql } from './store/database.js';
import { listMeasurements, type Measurement } from './store/measurements.js';

/** Rows that are read and written at a time. */
const LOT = 5000;
/** Architectures that are predicted at a time; other requests get their turn in between. */
const PREDICTED_AT_ONCE = 1000;

const MEASUREMENT_COLUMNS: Column<Measurement>[] = [
  { name: 'id', type: 'INT64', value: ({ id }) => id },
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'latency_ms', type: 'DOUBLE', value: ({ latencyMs }) => latencyMs },
  { name: 'candidate', type: 'STRING', value: ({ candidate }) => candidate },
  { name: 'key', type: 'STRING', value: ({ key }) => key },
  { name: 'uploaded_at', type: 'TIMESTAMP', value: ({ uploadedAt }) => uploadedAt },
];

const PREDICTION_COLUMNS: Column<Prediction>[] = [
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'latency_ms', type: 'DOUBLE', value: ({ latencyMs }) => latencyMs },
  { name: 'low_ms', type: 'DOUBLE', value: ({ interval }) => interval?.lowMs },
  { name: 'high_ms', type: 'DOUBLE', value: ({ interval }) => interval?.highMs },
  { name: 'unfamiliar', type: 'BOOLEAN', value: ({ interval }) => interval?.unfamiliar },
  { name: 'model_version', type: 'STRING', value: ({ modelVersion }) => modelVersion },
];

const VERSION_COLUMNS: Column<Version>[] = [
  { name: 'version', type: 'STRING', value: ({ version }) => version },
  { name: 'serving', type: 'BOOLEAN', value: ({ serving }) => serving },
  { name: 'origin', type: 'STRING', value: ({ origin }) => origin },
  { name: 'predictor', type: 'STRING', value: ({ predictor }) => predictor },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => new Date(createdAt) },
  { name: 'job', type: 'STRING', value: ({ job }) => job },
  { name: 'held_out_samples', type: 'INT64', value: ({ heldOut }) => heldOut?.samples },
  { name: 'held_out_error', type: 'DOUBLE', value: ({ heldOut }) => heldOut?.error },
  { name: 'incumbent', type: 'STRING', value: ({ heldOut }) => heldOut?.incumbent?.version },
  { name: 'incumbent_error', type: 'DOUBLE', value: ({ heldOut }) => heldOut?.incumbent?.error },
  { name: 'data', type: 'JSON', value: ({ data }) => data },
  { name: 'scores', type: 'JSON', value: ({ scores }) => scores },
];

const JOB_COLUMNS: Column<Job>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'kind', type: 'STRING', value: ({ kind }) => kind },
  { name: 'device', type: 'STRING', value: ({ device }) => device },
  { name: 'state', type: 'STRING', value: ({ state }) => state },
  { name: 'attempt', type: 'INT64', value: ({ attempt }) => attempt },
  { name: 'worker', type: 'STRING', value: ({ worker }) => worker },
  { name: 'request', type: 'JSON', value: ({ request }) => request },
  { name: 'result', type: 'JSON', value: ({ result }) => result },
  { name: 'error', type: 'STRING', value: ({ error }) => error },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => createdAt },
  { name: 'started_at', type: 'TIMESTAMP', value: ({ startedAt }) => startedAt },
  { name: 'finished_at', type: 'TIMESTAMP', value: ({ finishedAt }) => finishedAt },
];

type Point = SearchAnswer['points'][number];

const POINT_COLUMNS: Column<Point>[] = [
  { name: 'number', type: 'INT64', value: ({ number }) => number },
  { name: 'round', type: 'INT64', value: ({ round }) => round },
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'reason', type: 'STRING', value: ({ reason }) => reason },
  { name: 'latency_ms', type: 'JSON', value: ({ latencyMs }) => latencyMs },
  { name: 'accuracy', type: 'DOUBLE', value: ({ accuracy }) => accuracy },
  { name: 'reward', type: 'DOUBLE', value: ({ reward }) => reward },
  { name: 'area_mm2', type: 'DOUBLE', value: ({ areaMm2 }) => areaMm2 },
  { name: 'worker', type: 'STRING', value: ({ worker }) => worker },
  { name: 'error', type: 'STRING', value: ({ error }) => error },
];

const AUDIT_COLUMNS: Column<AuditEntry>[] = [
  { name: 'id', type: 'INT64', value: ({ id }) => id },
  { name: 'at', type: 'TIMESTAMP', value: ({ at }) => at },
  { name: 'key', type: 'STRING', value: ({ key }) => key },
  { name: 'name', type: 'STRING', value: ({ name }) => name },
  { name: 'address', type: 'STRING', value: ({ address }) => address },
  { name: 'method', type: 'STRING', value: ({ method }) => method },
  { name: 'path', type: 'STRING', value: ({ path }) => path },
  { name: 'status', type: 'INT64', value: ({ status }) => status },
];

/** A device's measurements in the order of their upload, with ids larger than `after`, `limit` of them at most. */
export function measurementTable(sql: Sql, device: string, after: number, limit: number): Table<Measurement> {
  async function* rows() {
    for (let [last, left] = [after, limit]; left > 0; ) {
      const lot = await listMeasurements(sql, device, { after: last, limit: Math.min(LOT, left) });
      yield lot;
      if (lot.length < LOT) return;
      last = lot[lot.length - 1].id;
      left -= lot.length;
    }
  }
  return { name: `${device}-measurements`, columns: MEASUREMENT_COLUMNS, rows: rows() };
}

/** Which architectures of a space are predicted. */
export interface PredictionRange {
  /** Index of the first in the space's published order. */
  readonly from: number;
  /** How many at most. */
  readonly limit: number;
  /** Instead of those in a row: so many drawn at random. */
  readonly sample?: number;
  readonly seed: number;
}

/**
 * Predictions with intervals of architectures of the model's space.
 *
 * @param model the model that serves the device at that moment: a new version may take over while they are read
 */
export function predictionTable(
  device: string,
  model: () => Promise<DeviceModel>,
  range: PredictionRange,
): Table<Prediction> {
  async function* rows() {
    for (const lot of architecturesIn((await model()).space, range)) {
      yield await (await model()).predictWithIntervals(lot);
    }
  }
  return { name: `${device}-predictions`, columns: PREDICTION_COLUMNS, rows: rows() };
}

/** @throws InputError if architectures are wanted in a row of a space that has more than numbers can tell apart */
function* architecturesIn(
  space: SearchSpace,
  { from, limit, sample, seed }: PredictionRange,
): Generator<string[]> {
  const random = new Random(seed);
  const end = sample ?? Math.min(space.size, from + limit);
  for (let start = sample === undefined ? from : 0; start < end; start += PREDICTED_AT_ONCE) {
    const count = Math.min(PREDICTED_AT_ONCE, end - start);
    yield Array.from({ length: count }, (_, i) =>
      space.format(sample === undefined ? space.at(start + i) : space.sample(random)),
    );
  }
}

export function versionTable(device: string, versions: readonly Version[]): Table<Version> {
  return { name: `${device}-versions`, columns: VERSION_COLUMNS, rows: inOneLot(versions) };
}

export function jobTable(jobs: readonly Job[]): Table<Job> {
  return { name: 'jobs', columns: JOB_COLUMNS, rows: inOneLot(jobs) };
}

/** The networks that a search has proposed. */
export function searchTable({ id, points }: SearchAnswer): Table<Point> {
  return { name: `search-${id}`, columns: POINT_COLUMNS, rows: inOneLot(points) };
}

/** Changes that were asked for, the latest first; only those before the entry `before`, where it is given. */
export function auditTable(sql: Sql, before: number | undefined, limit: number): Table<AuditEntry> {
  async function* rows() {
    for (let [last, left] = [before, limit]; left > 0; ) {
      const lot = await listChanges(sql, last, Math.min(LOT, left));
      yield lot;
      if (lot.length < LOT) return;
      last = lot[lot.length - 1].id;
      left -= lot.length;
    }
  }
  return { name: 'audit', columns: AUDIT_COLUMNS, rows: rows() };
}

async function* inOneLot<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}
