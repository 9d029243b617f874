import type { Column, Table } from '../downloads.js';
import type { Job } from '../jobs/job.js';
import { sliced } from './lots.js';

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

export function jobTable(jobs: readonly Job[]): Table<Job> {
  return { name: 'jobs', columns: JOB_COLUMNS, rows: sliced(jobs) };
}
