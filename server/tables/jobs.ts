import type { Column, Table } from '../http/downloads.js';
import type { Sql } from '../store/database.js';
import { type JobFilter, type JobRow, listJobs } from '../store/jobs.js';
import { inLots } from './lots.js';

const JOB_COLUMNS: Column<JobRow>[] = [
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

/** Jobs, the latest first, at most `limit`. */
export function jobTable(sql: Sql, filter: JobFilter, limit: number | undefined): Table<JobRow> {
  const list = (last: JobRow | undefined, count: number) => listJobs(sql, filter, count, last?.id);
  return { name: 'jobs', columns: JOB_COLUMNS, rows: inLots(list, limit) };
}
