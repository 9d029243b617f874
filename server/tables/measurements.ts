import { columnOf, type Metric, metricKey } from '../../src/metrics/metric.js';
import { type Column, fileNameOf, type Table } from '../http/downloads.js';
import { type CandidateRow, listCandidates } from '../store/candidates.js';
import type { Sql } from '../store/database.js';
import { listMeasurements, type Measurement } from '../store/measurements.js';
import { inLots } from './lots.js';

const measurementColumns = (metric: Metric): Column<Measurement>[] => [
  { name: 'id', type: 'INT64', value: ({ id }) => id },
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: columnOf(metric), type: 'DOUBLE', value: ({ value }) => value },
  { name: 'candidate', type: 'STRING', value: ({ candidate }) => candidate },
  { name: 'key', type: 'STRING', value: ({ key }) => key },
  { name: 'uploaded_at', type: 'TIMESTAMP', value: ({ uploadedAt }) => uploadedAt },
];

const CANDIDATE_COLUMNS: Column<CandidateRow>[] = [
  { name: 'id', type: 'STRING', value: ({ id }) => id },
  { name: 'architecture', type: 'STRING', value: ({ architecture }) => architecture },
  { name: 'state', type: 'STRING', value: ({ state }) => state },
  { name: 'worker', type: 'STRING', value: ({ worker }) => worker },
  { name: 'lease_until', type: 'TIMESTAMP', value: ({ leaseUntil }) => leaseUntil },
  { name: 'failures', type: 'INT64', value: ({ failures }) => failures },
  { name: 'reason', type: 'STRING', value: ({ reason }) => reason },
  { name: 'created_at', type: 'TIMESTAMP', value: ({ createdAt }) => createdAt },
];

/** Measurements of a metric in the order of their upload, with ids larger than `after`, at most `limit`. */
export function measurementTable(
  sql: Sql,
  device: string,
  metric: Metric,
  after: number,
  limit: number | undefined,
): Table<Measurement> {
  const list = (last: Measurement | undefined, count: number) =>
    listMeasurements(sql, { device, metric: metricKey(metric) }, { after: last?.id ?? after, limit: count });
  const name = `${fileNameOf(device, metric)}-measurements`;
  return { name, columns: measurementColumns(metric), rows: inLots(list, limit) };
}

/** The candidates of a device and their states, the oldest first. */
export function candidateTable(sql: Sql, device: string): Table<CandidateRow> {
  const list = (last: CandidateRow | undefined, count: number) =>
    listCandidates(sql, device, last?.number ?? 0, count);
  return { name: `${device}-candidates`, columns: CANDIDATE_COLUMNS, rows: inLots(list) };
}
