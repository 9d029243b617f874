import type { Outcome } from '../../src/search/trial.js';
import type { KnownTrial } from '../jobs/search-task.js';
import type { Sql } from './database.js';
import type { LentTable } from './leases.js';

/** A network that a search wants trained, and its outcome. */
export interface TrialRow {
  readonly number: number;
  readonly round: number;
  readonly architecture: string;
  readonly reason: string;
  readonly parent: number | null;
  /** By device. */
  readonly latencyMs: Record<string, number>;
  readonly worker: string | null;
  readonly outcome: Outcome | null;
}

/** Outcomes without the trainers' details, which are kept for people; only the area of a pair is read here. */
const OUTCOME = `CASE WHEN jsonb_typeof(outcome #> '{details,areaMm2}') = 'number'
    THEN outcome - 'details' || jsonb_build_object('details', jsonb_build_object('areaMm2', outcome #> '{details,areaMm2}'))
    ELSE outcome - 'details' END AS outcome`;

/** Columns of table `trial` as a `TrialRow`. */
export const TRIAL_COLUMNS = `number, round, architecture, reason, parent, latency_ms AS "latencyMs", worker, ${OUTCOME}`;

export const lentTrials: LentTable = {
  name: 'trial',
  owner: 'search',
  key: { name: 'number', type: 'int' },
  isOpen: 'outcome IS NULL',
};

/** In the order of their numbers. */
export async function trialsOf(sql: Sql, id: string): Promise<TrialRow[]> {
  return sql.query<TrialRow>(`SELECT ${TRIAL_COLUMNS} FROM trial WHERE search = $1 ORDER BY number`, [id]);
}

/** What earlier searches have trained themselves, in the order of the searches and of their trials. */
export async function resultsOf(sql: Sql, searches: readonly string[]): Promise<KnownTrial[]> {
  return sql.query(
    `SELECT t.architecture, (t.outcome ->> 'accuracy')::float8 AS accuracy, t.search::text AS "from"
     FROM unnest($1::uuid[]) WITH ORDINALITY AS s (id, place) JOIN trial t ON t.search = s.id
     WHERE t.round >= 0 AND t.outcome -> 'accuracy' IS NOT NULL ORDER BY s.place, t.number`,
    [searches],
  );
}

/** Lends the first trials that nobody has to a worker; no two workers get the same one while its lease lasts. */
export async function claimTrials(
  sql: Sql,
  id: string,
  worker: string,
  count: number,
  leaseSeconds: number,
): Promise<Pick<TrialRow, 'number' | 'architecture' | 'latencyMs'>[]> {
  return sql.query(
    `WITH next AS (
       SELECT number FROM trial
       WHERE search = $1 AND outcome IS NULL AND (lease_until IS NULL OR lease_until < now())
       ORDER BY number LIMIT $3 FOR UPDATE SKIP LOCKED
     ), lent AS (
       UPDATE trial SET worker = $2, lease_until = now() + make_interval(secs => $4)
       FROM next WHERE trial.search = $1 AND trial.number = next.number
       RETURNING trial.number, architecture, latency_ms AS "latencyMs"
     ) SELECT * FROM lent ORDER BY number`,
    [id, worker, count, leaseSeconds],
  );
}

/** Whether a network waits for a worker: nobody has it, or its lease is over. */
export async function hasFreeTrial(sql: Sql, id: string): Promise<boolean> {
  const found = await sql.query(
    `SELECT number FROM trial WHERE search = $1 AND outcome IS NULL AND (lease_until IS NULL OR lease_until < now()) LIMIT 1`,
    [id],
  );
  return found.length > 0;
}

/**
 * Keeps what became of a trial.
 *
 * @param instead of an outcome that it has already; else that one stays, as that of an earlier search always does
 * @returns whether it is recorded; if not, whether the outcome that stays is the same; undefined if there is no such trial
 */
export async function tellTrial(
  sql: Sql,
  id: string,
  number: number,
  outcome: Outcome,
  { worker, instead = false }: { readonly worker?: string; readonly instead?: boolean } = {},
): Promise<'recorded' | 'known' | 'differs' | undefined> {
  const [told] = await sql.query(
    `UPDATE trial SET outcome = $3::jsonb, worker = coalesce($4, worker), lease_until = NULL,
       told = coalesce(told, (SELECT count(outcome) + 1 FROM trial WHERE search = $1))
     WHERE search = $1 AND number = $2 AND (outcome IS NULL OR ($5 AND round >= 0)) RETURNING number`,
    [id, number, JSON.stringify(outcome), worker ?? null, instead],
  );
  if (told) return 'recorded';
  const [there] = await sql.query<{ same: boolean }>(
    `SELECT outcome - 'details' - 'seconds' = $3::jsonb - 'details' - 'seconds' AS same
     FROM trial WHERE search = $1 AND number = $2`,
    [id, number, JSON.stringify(outcome)],
  );
  if (!there) return undefined;
  return there.same ? 'known' : 'differs';
}
