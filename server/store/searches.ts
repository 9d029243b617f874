import type { JobState } from '../../api/job.js';
import type { SearchRequest } from '../../api/search-request.js';
import type { KeptLatency, SearchTask } from '../jobs/search-task.js';
import type { Sql } from './database.js';
import type { TrialRow } from './trials.js';

/** A search at a glance. */
export interface SearchRow {
  readonly id: string;
  readonly request: SearchRequest;
  /** Its own state, or that of its latest job if that has failed. */
  readonly state: JobState;
  readonly job: string | null;
  readonly error: string | null;
  /** null until it has begun. */
  readonly candidates: number | null;
  readonly optimum: number | null;
  readonly trained: number;
  /** Networks trained by earlier searches, not counted in `trained`. */
  readonly known: number;
  readonly failed: number;
  readonly pending: number;
  readonly best:
    | (Pick<TrialRow, 'number' | 'architecture' | 'latencyMs'> & { accuracy: number; reward: number | null })
    | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const SEARCH = `
  SELECT search.id, search.request, search.candidates, search.optimum, search.job, job.error,
    CASE WHEN search.state = 'running' AND job.state IN ('failed', 'cancelled') THEN job.state
      WHEN search.state = 'running' AND search.candidates IS NULL THEN 'queued'
      ELSE search.state END AS state,
    search.created_at AS "createdAt", coalesce(search.finished_at, job.finished_at) AS "finishedAt",
    counts.*, best.best
  FROM search
  LEFT JOIN job ON job.id = search.job
  CROSS JOIN LATERAL (
    SELECT (count(outcome -> 'accuracy') FILTER (WHERE round >= 0))::int AS trained,
      (count(*) FILTER (WHERE round < 0))::int AS known, count(outcome -> 'error')::int AS failed,
      (count(*) - count(outcome))::int AS pending
    FROM trial WHERE trial.search = search.id
  ) AS counts
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object('number', number, 'architecture', architecture, 'latencyMs', latency_ms,
      'accuracy', outcome -> 'accuracy', 'reward', outcome -> 'reward') AS best
    FROM trial WHERE trial.search = search.id AND outcome -> 'accuracy' IS NOT NULL
    ORDER BY coalesce(outcome ->> 'reward', outcome ->> 'accuracy')::float8 DESC, number LIMIT 1
  ) AS best ON true`;

export async function addSearch(
  sql: Sql,
  id: string,
  request: SearchRequest,
  accuracies: SearchTask['accuracies'],
): Promise<void> {
  await sql.query('INSERT INTO search (id, request, accuracies) VALUES ($1, $2::jsonb, $3::jsonb)', [
    id,
    JSON.stringify(request),
    accuracies && JSON.stringify(accuracies),
  ]);
}

export async function findSearch(sql: Sql, id: string): Promise<SearchRow | undefined> {
  const [row] = await sql.query<SearchRow>(`${SEARCH} WHERE search.id = $1`, [id]);
  return row;
}

/** Searches, the latest first; only those before the search `before`, if given. */
export async function listSearches(sql: Sql, limit: number, before?: string): Promise<SearchRow[]> {
  return sql.query<SearchRow>(
    `${SEARCH} WHERE $2::uuid IS NULL OR search.number < (SELECT number FROM search WHERE id = $2)
     ORDER BY search.number DESC LIMIT $1`,
    [limit, before ?? null],
  );
}

/** Locks a search until the transaction ends. */
export async function lockSearch(sql: Sql, id: string): Promise<SearchRow | undefined> {
  await sql.query('SELECT id FROM search WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return findSearch(sql, id);
}

/** Records the candidates of a search; only the first call has an effect. */
export async function beginSearch(
  sql: Sql,
  id: string,
  candidates: number,
  optimum: number | null,
  latencies: Readonly<Record<string, KeptLatency>>,
): Promise<void> {
  await sql.query(
    `UPDATE search SET candidates = $2, optimum = $3, latencies = $4::jsonb WHERE id = $1 AND latencies IS NULL`,
    [id, candidates, optimum, JSON.stringify(latencies)],
  );
}

/** Records the job that continues a search. */
export async function setSearchJob(sql: Sql, id: string, job: string): Promise<void> {
  await sql.query('UPDATE search SET job = $2 WHERE id = $1', [id, job]);
}

/** Resumes a search that is over, because fewer networks are trained than its budget. */
export async function reopenSearch(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `UPDATE search SET state = 'running', finished_at = NULL WHERE id = $1 AND state = 'succeeded'`,
    [id],
  );
}

/** Gives a search a greater budget, and resumes it if it is over; its first budget is kept too. */
export async function raiseBudget(sql: Sql, id: string, budget: number): Promise<void> {
  await sql.query(
    `UPDATE search SET state = 'running', finished_at = NULL,
       request = jsonb_build_object('plannedBudget', request -> 'budget') || request || jsonb_build_object('budget', $2::int)
     WHERE id = $1`,
    [id, budget],
  );
}

/** Ends a running search. */
export async function endSearch(sql: Sql, id: string, state: 'succeeded' | 'cancelled'): Promise<void> {
  await sql.query(`UPDATE search SET state = $2, finished_at = now() WHERE id = $1 AND state = 'running'`, [
    id,
    state,
  ]);
}
