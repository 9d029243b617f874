import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import PgBoss from 'pg-boss';
import { JOB_KINDS, type JobKind, type JobState } from '../../api/job.js';
import { dropCheckpoint } from '../store/checkpoint-files.js';
import type { Database, Sql } from '../store/database.js';
import { findJob, JOB_COLUMNS, type JobRow } from '../store/jobs.js';
import { bossDatabase } from './boss-database.js';

/** Most attempts at a job without progress: an attempt ends when its process is killed or crashes. */
export const MAX_ATTEMPTS = 5;
/** Table `job` decides about further attempts; pg-boss hands a job out as often as it is put back. */
const ANY_NUMBER = 2 ** 31 - 1;
/** A running job's process is considered lost after this long without a heartbeat, seconds. */
const LOST_AFTER_S = 15;
/** Longer than any job may run, seconds; jobs lost sooner are found by their missing heartbeat. */
const EXPIRES_AFTER_S = 23 * 3600;

/** This process, as shown to people. */
const WORKER = `${hostname()}:${process.pid}`;

/** An attempt's results came too late: the job was cancelled, or given to another process. */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  constructor({ id }: JobRow) {
    super(`job ${id} is no longer this attempt's`);
  }
}

/**
 * Background jobs. Table `job` is authoritative and is what people see; pg-boss hands jobs out to processes. Both change
 * in one transaction, so they always agree.
 *
 * Emits `queued` when this process has queued a job, `changed` with the id of a job it has changed, and `cancelled`.
 */
export class JobQueue extends EventEmitter<{
  queued: [];
  changed: [id: string];
  cancelled: [id: string];
}> {
  private constructor(
    private readonly database: Database,
    private readonly boss: PgBoss,
  ) {
    super();
    this.setMaxListeners(0);
  }

  /** Sets up pg-boss' tables. To be run exclusively. */
  static async start(database: Database, onProblem: (message: string) => void): Promise<JobQueue> {
    const boss = new PgBoss({ db: bossDatabase(database), schedule: false });
    boss.on('error', (error) => onProblem(`the job queue: ${error.message}`));
    await boss.start();
    for (const kind of JOB_KINDS) await boss.createQueue(kind, { name: kind });
    return new JobQueue(database, boss);
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }

  /** Queues a job; if an equal job is already waiting, that one is returned instead. */
  async add(kind: JobKind, device: string, request: Record<string, unknown>): Promise<JobRow> {
    const job = await this.database.transaction(async (sql) => {
      await sql.query('SELECT id FROM device WHERE id = $1 FOR NO KEY UPDATE', [device]);
      const text = JSON.stringify(request);
      const [waiting] = await sql.query<JobRow>(
        `SELECT ${JOB_COLUMNS} FROM job WHERE kind = $1 AND device = $2 AND request = $3::jsonb AND state = 'queued'`,
        [kind, device, text],
      );
      return waiting ?? this.addIn(sql, kind, device, request);
    });
    this.emit('queued');
    return job;
  }

  /** Queues a job in a transaction; the caller must emit `queued` after the commit. */
  async addIn(
    sql: Sql,
    kind: JobKind,
    device: string | null,
    request: Record<string, unknown>,
  ): Promise<JobRow> {
    const id = randomUUID();
    const [added] = await sql.query<JobRow>(
      `INSERT INTO job (id, kind, device, request) VALUES ($1, $2, $3, $4::jsonb) RETURNING ${JOB_COLUMNS}`,
      [id, kind, device, JSON.stringify(request)],
    );
    await this.deal(sql, kind, id);
    return added;
  }

  /** Requeues the open jobs of a restored table `job`; those that were running continue from their checkpoints. */
  async dealRestored(sql: Sql): Promise<void> {
    await sql.query(`UPDATE job SET state = 'queued' WHERE state = 'running'`);
    const open = await sql.query<{ id: string; kind: JobKind }>(
      `SELECT id, kind FROM job WHERE state = 'queued' ORDER BY number`,
    );
    for (const { id, kind } of open) await this.deal(sql, kind, id);
  }

  private async deal(sql: Sql, kind: JobKind, id: string): Promise<void> {
    const limits = { retryLimit: ANY_NUMBER, expireInSeconds: EXPIRES_AFTER_S };
    await this.boss.send(kind, {}, { id, db: bossDatabase(sql), ...limits });
  }

  /** Takes the next job for this process to run, if there is one. */
  async take(kind: JobKind): Promise<JobRow | undefined> {
    const job = await this.database.transaction(async (sql) => {
      const [dealt] = await this.boss.fetch(kind, { db: bossDatabase(sql) });
      if (!dealt) return undefined;
      const [taken] = await sql.query<JobRow>(
        `UPDATE job SET state = 'running', attempt = attempt + 1, worker = $2, heartbeat_at = now(),
           started_at = coalesce(started_at, now())
         WHERE id = $1 AND state = 'queued' RETURNING ${JOB_COLUMNS}`,
        [dealt.id, WORKER],
      );
      if (!taken) await this.boss.complete(kind, dealt.id, {}, { db: bossDatabase(sql) });
      return taken;
    });
    if (job) this.emit('changed', job.id);
    return job;
  }

  /**
   * Reports that an attempt is alive, and its progress.
   *
   * @returns false if the attempt no longer counts
   */
  async heartbeat(job: JobRow, progress: Record<string, unknown> | null): Promise<boolean> {
    const rows = await this.database.query(
      `UPDATE job SET heartbeat_at = now(), progress = coalesce($3::jsonb, progress)
       WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [job.id, job.attempt, progress && JSON.stringify(progress)],
    );
    this.emit('changed', job.id);
    return rows.length === 1;
  }

  /**
   * Lets a transaction succeed only if the attempt still counts.
   *
   * @throws Superseded if it no longer does
   */
  async assertCurrent(sql: Sql, job: JobRow): Promise<void> {
    const rows = await sql.query(
      `SELECT id FROM job WHERE id = $1 AND attempt = $2 AND state = 'running' FOR SHARE`,
      [job.id, job.attempt],
    );
    if (rows.length === 0) throw new Superseded(job);
  }

  /** Records that the attempt has made progress, so that it does not count as fruitless. */
  async recordProgress(sql: Sql, job: JobRow): Promise<void> {
    await sql.query('UPDATE job SET got_on = $2 WHERE id = $1', [job.id, job.attempt]);
  }

  /** Saves something for the job's next attempt. */
  async remember(sql: Sql, job: JobRow, memo: Record<string, unknown>): Promise<void> {
    await sql.query('UPDATE job SET memo = $2::jsonb WHERE id = $1', [job.id, JSON.stringify(memo)]);
  }

  /**
   * Marks a job as succeeded in the same transaction as its changes to the store.
   *
   * @throws Superseded if the attempt no longer counts
   */
  async succeed(job: JobRow, store: (sql: Sql) => Promise<Record<string, unknown>>): Promise<void> {
    await this.database.transaction(async (sql) => {
      const result = await store(sql);
      await this.end(sql, job, 'succeeded', { result });
    });
    this.emit('changed', job.id);
  }

  /**
   * Ends a failed attempt.
   *
   * @param again whether another attempt may succeed
   */
  async fail(job: JobRow, error: string, again: boolean): Promise<void> {
    await this.database.transaction((sql) => this.failIn(sql, job, error, again));
    this.emit('changed', job.id);
    this.emit('queued');
  }

  /** Returns an unfinished job to the queue for another attempt to continue; this attempt is not counted. */
  async giveBack(job: JobRow): Promise<void> {
    await this.database.transaction(async (sql) => {
      const rows = await sql.query(
        `UPDATE job SET state = 'queued', attempt = attempt - 1 WHERE id = $1 AND attempt = $2 AND state = 'running'
         RETURNING id`,
        [job.id, job.attempt],
      );
      if (rows.length === 1) await this.boss.fail(job.kind, job.id, {}, { db: bossDatabase(sql) });
    });
  }

  /** @returns the resulting job, cancelled unless it was already over; undefined if there is none */
  async cancel(id: string): Promise<JobRow | undefined> {
    const job = await this.database.transaction(async (sql) => {
      const [cancelled] = await sql.query<JobRow>(
        `UPDATE job SET state = 'cancelled', finished_at = now()
         WHERE id = $1 AND state IN ('queued', 'running') RETURNING ${JOB_COLUMNS}`,
        [id],
      );
      if (!cancelled) return undefined;
      await dropCheckpoint(sql, id);
      await this.boss.cancel(cancelled.kind, id, { db: bossDatabase(sql) });
      return cancelled;
    });
    this.emit('cancelled', id);
    this.emit('changed', id);
    return job ?? findJob(this.database, id);
  }

  /**
   * Requeues running jobs whose process is gone, or gives them up after too many attempts.
   *
   * @param all whether the processes of all running jobs are known to be gone
   * @param own jobs the caller itself runs, however late their heartbeats are
   */
  async recover(all = false, own: readonly string[] = []): Promise<void> {
    const lost = await this.database.transaction(async (sql) => {
      const jobs = await sql.query<JobRow>(
        `SELECT ${JOB_COLUMNS} FROM job WHERE state = 'running'
           AND ($1 OR heartbeat_at < now() - make_interval(secs => $2)) AND id <> ALL ($3::uuid[])
         FOR UPDATE SKIP LOCKED`,
        [all, LOST_AFTER_S, own],
      );
      for (const job of jobs) await this.failIn(sql, job, 'the process that ran it has ended', true);
      return jobs;
    });
    if (lost.length > 0) this.emit('queued');
  }

  private async failIn(sql: Sql, job: JobRow, error: string, again: boolean): Promise<void> {
    const [{ inVain }] = await sql.query<{ inVain: number }>(
      'SELECT attempt - got_on AS "inVain" FROM job WHERE id = $1',
      [job.id],
    );
    if (!again || inVain >= MAX_ATTEMPTS) {
      await this.end(sql, job, 'failed', { error });
      return;
    }
    const rows = await sql.query(
      `UPDATE job SET state = 'queued', error = $3 WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [job.id, job.attempt, error],
    );
    if (rows.length === 0) throw new Superseded(job);
    await this.boss.fail(job.kind, job.id, { message: error }, { db: bossDatabase(sql) });
  }

  private async end(
    sql: Sql,
    job: JobRow,
    state: JobState,
    { result, error }: { result?: Record<string, unknown>; error?: string },
  ): Promise<void> {
    const rows = await sql.query(
      `UPDATE job SET state = $3, result = $4::jsonb, error = $5, finished_at = now()
       WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
      [job.id, job.attempt, state, result ? JSON.stringify(result) : null, error ?? null],
    );
    if (rows.length === 0) throw new Superseded(job);
    await dropCheckpoint(sql, job.id);
    await this.boss.complete(job.kind, job.id, {}, { db: bossDatabase(sql) });
  }
}
