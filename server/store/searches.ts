import type { JobState } from '../../api/job.js';
import type { SearchRequest } from '../../api/searches.js';
import type { RunEvent } from '../../src/search/run-log.js';
import { isKnown, type Outcome } from '../../src/search/trial.js';
import type { KeptLatency, KnownTrial, SearchTask } from '../jobs/search-task.js';
import type { Sql } from './database.js';

/** A search at a glance. */
export interface SearchRow {
  readonly id: string;
  readonly request: SearchRequest;
  /** As its latest job says where that has failed. */
  readonly state: JobState;
  readonly job: string | null;
  readonly error: string | null;
  /** Null until it has begun. */
  readonly candidates: number | null;
  readonly optimum: number | null;
  readonly trained: number;
  /** Networks that earlier searches have trained, beside these. */
  readonly known: number;
  readonly failed: number;
  readonly pending: number;
  readonly best:
    | (Pick<TrialRow, 'number' | 'architecture' | 'latencyMs'> & { accuracy: number; reward: number | null })
    | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** A network that a search wants trained, and what became of it. */
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

/** What trainers say beside the result is kept for people: nothing here reads it, but for the area of a pair. */
const OUTCOME = `CASE WHEN jsonb_typeof(outcome #> '{details,areaMm2}') = 'number'
    THEN outcome - 'details' || jsonb_build_object('details', jsonb_build_object('areaMm2', outcome #> '{details,areaMm2}'))
    ELSE outcome - 'details' END AS outcome`;

const TRIAL = `number, round, architecture, reason, parent, latency_ms AS "latencyMs", worker, ${OUTCOME}`;

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

/** The latest first; only those before the search `before`, where it is given. */
export async function listSearches(sql: Sql, limit: number, before?: string): Promise<SearchRow[]> {
  return sql.query<SearchRow>(
    `${SEARCH} WHERE $2::uuid IS NULL OR search.number < (SELECT number FROM search WHERE id = $2)
     ORDER BY search.number DESC LIMIT $1`,
    [limit, before ?? null],
  );
}

/** In the order of their numbers. */
export async function trialsOf(sql: Sql, id: string): Promise<TrialRow[]> {
  return sql.query<TrialRow>(`SELECT ${TRIAL} FROM trial WHERE search = $1 ORDER BY number`, [id]);
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

/** Keeps others from changing a search until the transaction ends. */
export async function lockSearch(sql: Sql, id: string): Promise<SearchRow | undefined> {
  await sql.query('SELECT id FROM search WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return findSearch(sql, id);
}

/** What an attempt at carrying it on starts from. */
export async function searchSoFar(
  sql: Sql,
  id: string,
): Promise<Pick<SearchTask, 'request' | 'accuracies' | 'latencies' | 'events'>> {
  const [row] = await sql.query<Pick<SearchTask, 'request' | 'accuracies' | 'latencies'>>(
    'SELECT request, accuracies, latencies FROM search WHERE id = $1',
    [id],
  );
  return { ...row, events: eventsOf(await eventRowsOf(sql, id)) };
}

type EventRow = TrialRow & { readonly told: number | null; readonly after: number | null };

async function eventRowsOf(sql: Sql, id: string): Promise<EventRow[]> {
  return sql.query(`SELECT ${TRIAL}, told, after FROM trial WHERE search = $1 ORDER BY number`, [id]);
}

/** What happened, in its order, by what the trials say of it. */
function eventsOf(trials: readonly EventRow[]): RunEvent[] {
  const ofEarlier = trials.filter(isKnown);
  const outcomes = trials
    .filter((trial) => !isKnown(trial))
    .flatMap((trial) => (trial.outcome ? [{ ...trial, outcome: trial.outcome }] : []))
    .sort((a, b) => (a.told ?? a.number) - (b.told ?? b.number));
  const events: RunEvent[] = [];
  let told = 0;
  const tellWhile = (isKnown: (outcome: (typeof outcomes)[number]) => boolean) => {
    for (; told < outcomes.length && isKnown(outcomes[told]); told++) {
      const { number, outcome } = outcomes[told];
      events.push({ event: 'told', number, outcome });
    }
  };
  const rounds = [...new Set(trials.map(({ round }) => round))];
  for (const round of rounds) {
    const ofRound = trials.filter((trial) => trial.round === round);
    const [{ number: first, after }] = ofRound;
    tellWhile(({ number }) => (after === null ? number < first : ofEarlier.length + told < after));
    events.push({
      event: 'round',
      round,
      trials: ofRound.map(({ number, architecture: arch, reason, parent, outcome }) => ({
        number,
        arch,
        reason,
        ...(parent !== null && { parent }),
        ...(isKnown({ round }) && outcome && 'accuracy' in outcome && { accuracy: outcome.accuracy }),
      })),
    });
  }
  tellWhile(() => true);
  return events;
}

/** Keeps what a search chooses from, once. */
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

/**
 * Keeps what an attempt says that happened; what is there already stays.
 *
 * @param known outcomes that the attempt knew by then
 */
export async function keepEvent(
  sql: Sql,
  id: string,
  event: RunEvent,
  known: number,
  latencyMs: readonly Readonly<Record<string, number>>[] = [],
): Promise<void> {
  if (event.event === 'told') {
    await tellTrial(sql, id, event.number, event.outcome);
    return;
  }
  for (const [i, { number, arch, reason, parent, accuracy }] of event.trials.entries()) {
    await sql.query(
      `INSERT INTO trial (search, number, round, architecture, reason, parent, latency_ms, after, outcome)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9::jsonb) ON CONFLICT DO NOTHING`,
      [
        id,
        number,
        event.round,
        arch,
        reason,
        parent ?? null,
        JSON.stringify(latencyMs[i]),
        event.after ?? known,
        accuracy === undefined ? null : JSON.stringify({ accuracy }),
      ],
    );
  }
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

/** Has a worker's leases of trials begin anew, as far as nobody else has got them meanwhile. */
export async function keepTrials(
  sql: Sql,
  id: string,
  worker: string,
  numbers: readonly number[],
  leaseSeconds: number,
): Promise<void> {
  await sql.query(
    `UPDATE trial SET lease_until = now() + make_interval(secs => $4)
     WHERE search = $1 AND worker = $2 AND number = ANY ($3::int[]) AND outcome IS NULL`,
    [id, worker, numbers, leaseSeconds],
  );
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

/** Names the job that carries a search on. */
export async function setSearchJob(sql: Sql, id: string, job: string): Promise<void> {
  await sql.query('UPDATE search SET job = $2 WHERE id = $1', [id, job]);
}

/** Has a search that is over go on: fewer networks are trained than it was to have. */
export async function reopenSearch(sql: Sql, id: string): Promise<void> {
  await sql.query(
    `UPDATE search SET state = 'running', finished_at = NULL WHERE id = $1 AND state = 'succeeded'`,
    [id],
  );
}

/** Gives a search a greater budget, and has it go on if it is over; the budget that it began with stays beside it. */
export async function extendSearch(sql: Sql, id: string, budget: number): Promise<void> {
  await sql.query(
    `UPDATE search SET state = 'running', finished_at = NULL,
       request = jsonb_build_object('plannedBudget', request -> 'budget') || request || jsonb_build_object('budget', $2::int)
     WHERE id = $1`,
    [id, budget],
  );
}

/** Ends a search that runs. */
export async function endSearch(sql: Sql, id: string, state: 'succeeded' | 'cancelled'): Promise<void> {
  await sql.query(`UPDATE search SET state = $2, finished_at = now() WHERE id = $1 AND state = 'running'`, [
    id,
    state,
  ]);
}
