import type { Sql } from './database.js';
import type { LentTable } from './leases.js';

/** Number of failures after which a network is no longer offered. */
const MAX_FAILURES = 3;

export type CandidateState = 'queued' | 'leased' | 'measured' | 'failed';

/** A network to measure. */
export interface Candidate {
  readonly id: string;
  readonly architecture: string;
}

/** A queued network and its state. */
export interface CandidateRow extends Candidate {
  /** In the order of queueing. */
  readonly number: number;
  readonly state: CandidateState;
  /** Worker that has it, or had it last. */
  readonly worker: string | null;
  readonly leaseUntil: Date | null;
  /** Number of failed attempts to measure it. */
  readonly failures: number;
  /** Why the last attempt failed. */
  readonly reason: string | null;
  readonly createdAt: Date;
}

export const lentCandidates: LentTable = {
  name: 'candidate',
  owner: 'device',
  key: { name: 'id', type: 'uuid' },
  isOpen: "state = 'leased'",
};

/** Queues architectures, except for those that are already waiting or being measured. */
export async function addCandidates(
  sql: Sql,
  device: string,
  architectures: readonly string[],
): Promise<Candidate[]> {
  return sql.query<Candidate>(
    `INSERT INTO candidate (device, architecture)
     SELECT $1, row.architecture FROM unnest($2::text[]) WITH ORDINALITY AS row (architecture, place)
     ORDER BY row.place
     ON CONFLICT (device, architecture) WHERE state IN ('queued', 'leased') DO NOTHING
     RETURNING id, architecture`,
    [device, architectures],
  );
}

/** Candidates of a device, among given architectures, that are waiting or being measured. */
export async function openCandidates(
  sql: Sql,
  device: string,
  architectures: readonly string[],
): Promise<Candidate[]> {
  return sql.query<Candidate>(
    `SELECT id, architecture FROM candidate
     WHERE device = $1 AND architecture = ANY ($2::text[]) AND state IN ('queued', 'leased')`,
    [device, architectures],
  );
}

/** A candidate, and the median of its measurements, by metric. */
export interface CandidateFound
  extends Pick<CandidateRow, 'id' | 'architecture' | 'state' | 'worker' | 'failures' | 'reason'> {
  readonly values: Readonly<Record<string, number>>;
}

export async function findCandidate(
  sql: Sql,
  device: string,
  id: string,
): Promise<CandidateFound | undefined> {
  const [found] = await sql.query<CandidateFound>(
    `SELECT id, architecture, state, worker, failures, reason,
       (SELECT coalesce(jsonb_object_agg(metric, value), '{}') FROM
         (SELECT metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
          FROM measurement WHERE candidate = c.id GROUP BY metric) m) AS "values"
     FROM candidate c WHERE device = $1 AND id = $2::uuid`,
    [device, id],
  );
  return found;
}

/** Lends the oldest candidates to a worker; no two workers get the same one while its lease lasts. */
export async function claimCandidates(
  sql: Sql,
  device: string,
  worker: string,
  count: number,
  leaseSeconds: number,
): Promise<Candidate[]> {
  return sql.query<Candidate>(
    `WITH next AS (
       SELECT id FROM candidate
       WHERE device = $1 AND state IN ('queued', 'leased') AND (state = 'queued' OR lease_until < now())
       ORDER BY number LIMIT $3 FOR UPDATE SKIP LOCKED
     ), lent AS (
       UPDATE candidate SET state = 'leased', worker = $2, lease_until = now() + make_interval(secs => $4)
       FROM next WHERE candidate.id = next.id RETURNING candidate.id, architecture, number
     ) SELECT id, architecture FROM lent ORDER BY number`,
    [device, worker, count, leaseSeconds],
  );
}

/**
 * Records that a worker could not measure a candidate; it is offered again until it has failed too often.
 *
 * @returns its new state; undefined if the worker does not have it
 */
export async function failCandidate(
  sql: Sql,
  device: string,
  id: string,
  worker: string,
  reason: string,
): Promise<CandidateState | undefined> {
  const [failed] = await sql.query<{ state: CandidateState }>(
    `UPDATE candidate SET failures = failures + 1, reason = $4, worker = NULL, lease_until = NULL,
       state = CASE WHEN failures + 1 >= $5 THEN 'failed' ELSE 'queued' END
     WHERE device = $1 AND id = $2 AND worker = $3 AND state = 'leased' RETURNING state`,
    [device, id, worker, reason, MAX_FAILURES],
  );
  return failed?.state;
}

/** Number of a device's candidates in each state. */
export async function countCandidates(sql: Sql, device: string): Promise<Record<CandidateState, number>> {
  const counts = await sql.query<{ state: CandidateState; count: number }>(
    'SELECT state, count(*)::int AS count FROM candidate WHERE device = $1 GROUP BY state',
    [device],
  );
  const none = { queued: 0, leased: 0, measured: 0, failed: 0 };
  return { ...none, ...Object.fromEntries(counts.map(({ state, count }) => [state, count])) };
}

/** A device's candidates with numbers larger than `after`, in the order of queueing. */
export async function listCandidates(
  sql: Sql,
  device: string,
  after: number,
  limit: number,
): Promise<CandidateRow[]> {
  return sql.query<CandidateRow>(
    `SELECT id, number::float8 AS number, architecture, state, worker, lease_until AS "leaseUntil", failures, reason,
       created_at AS "createdAt"
     FROM candidate WHERE device = $1 AND candidate.number > $2 ORDER BY candidate.number LIMIT $3`,
    [device, after, limit],
  );
}

/** The architectures of a device's candidates, by id. */
export async function findCandidates(
  sql: Sql,
  device: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql.query<Candidate>(
    'SELECT id, architecture FROM candidate WHERE device = $1 AND id = ANY($2::uuid[])',
    [device, ids],
  );
  return new Map(rows.map(({ id, architecture }) => [id, architecture]));
}

/** Marks candidates as measured, even if their lease has expired. */
export async function markMeasured(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query(
    `UPDATE candidate SET state = 'measured', lease_until = NULL WHERE id = ANY($1::uuid[]) AND state <> 'measured'`,
    [ids],
  );
}
