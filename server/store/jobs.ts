import type { JobKind, JobState } from '../../api/job.js';
import type { Sql } from './database.js';

/** A piece of background work. */
export interface JobRow {
  readonly id: string;
  readonly kind: JobKind;
  /** null if it concerns no device. */
  readonly device: string | null;
  readonly request: Record<string, unknown>;
  readonly state: JobState;
  /** Number of attempts. */
  readonly attempt: number;
  /** Machine and process number of the process that runs it, or ran it last. */
  readonly worker: string | null;
  /** What an earlier attempt saved for the next. */
  readonly memo: Record<string, unknown> | null;
  readonly progress: Record<string, unknown> | null;
  readonly result: Record<string, unknown> | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** The columns of table `job` as a `JobRow`. */
export const JOB_COLUMNS = `id, kind, device, request, state, attempt, worker, memo, progress, result, error,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

/** Selects jobs; all by default. */
export interface JobFilter {
  readonly kind?: JobKind;
  readonly device?: string;
  readonly state?: JobState;
}

export async function findJob(sql: Sql, id: string): Promise<JobRow | undefined> {
  const [job] = await sql.query<JobRow>(`SELECT ${JOB_COLUMNS} FROM job WHERE id = $1`, [id]);
  return job;
}

/** Jobs, the latest first; only those before the job `before`, if given. */
export async function listJobs(
  sql: Sql,
  { kind, device, state }: JobFilter,
  limit: number,
  before?: string,
): Promise<JobRow[]> {
  const values: unknown[] = [limit];
  // Conditions not asked for are left out of the query, so that the right index can be used.
  const isGiven = (value: string | undefined, condition: (place: string) => string) =>
    value === undefined ? [] : [condition(`$${values.push(value)}`)];
  const conditions = [
    ...isGiven(kind, (place) => `kind = ${place}`),
    ...isGiven(device, (place) => `device = ${place}`),
    ...isGiven(state, (place) => `state = ${place}`),
    ...isGiven(before, (place) => `number < (SELECT number FROM job WHERE id = ${place}::uuid)`),
  ];
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return sql.query<JobRow>(`SELECT ${JOB_COLUMNS} FROM job ${where} ORDER BY number DESC LIMIT $1`, values);
}

/** Jobs that are waiting or running. */
export async function openJobIds(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(`SELECT id FROM job WHERE state IN ('queued', 'running')`);
  return rows.map(({ id }) => id);
}

/** Whether a job is waiting or running. */
export async function isOpenJob(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(`SELECT id FROM job WHERE id = $1 AND state IN ('queued', 'running')`, [id]);
  return rows.length > 0;
}
