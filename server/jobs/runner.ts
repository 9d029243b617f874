import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { JOB_KINDS, type JobKind } from '../../api/job.js';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError } from '../../src/base/errors.js';
import { ApiError } from '../http/errors.js';
import type { Sql } from '../store/database.js';
import { DiskFull, diskFullOr } from '../store/disk-space.js';
import { type JobRow, openJobIds } from '../store/jobs.js';
import { Refusal } from '../store/refusal.js';
import type { OpenStore, Store } from '../store/store.js';
import { failed, rootSpan } from '../tracing/span.js';
import { Attempt } from './attempt.js';
import { WorkFailed } from './child-process.js';
import { Superseded } from './queue.js';

/** How often to look for jobs queued by other servers and jobs of dead ones, ms; an embedded store has no others. */
const LOOK_EVERY_MS = { embedded: 30_000, postgresql: 1000 };

/** Errors after which another attempt would not help. */
const FINAL = [InputError, ApiError, Refusal, DiskFull, WorkFailed];

/** What a job handler is given. */
export interface JobContext {
  readonly store: OpenStore;
  /** Folder for its files, with those of earlier attempts; removed when the job is over. */
  readonly folder: string;
  /** Aborted when the job is cancelled, takes too long, or the service stops. */
  readonly signal: AbortSignal;
  onProgress(progress: Record<string, unknown>): void;
}

/** The outcome of a successful job. */
export interface JobOutcome {
  /** Writes its results in the transaction that ends the job; returns the job's result. */
  store(sql: Sql): Promise<Record<string, unknown>>;
  /** Runs after that transaction. */
  after(): Promise<void>;
}

/**
 * Does one kind of job. It may be interrupted at any point and started again.
 *
 * @throws InputError, ApiError or WorkFailed if another attempt would not help
 */
export interface JobHandler {
  run(job: JobRow, context: JobContext): Promise<JobOutcome>;
}

/** Takes jobs from the queue and runs one of each kind at a time, so a long job delays only its own kind. */
export class JobRunner {
  private readonly closing = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private readonly running = new Set<string>();
  private readonly sleeping = new Set<() => void>();
  private told: string | undefined;

  constructor(
    private readonly store: Store,
    private readonly handlers: Record<JobKind, JobHandler>,
    private readonly onProblem: (message: string) => void,
  ) {
    store.onOpen((open) => {
      open.queue.on('queued', () => this.wake());
      // A reopened store waits for work begun on the previous one.
      this.wake();
      this.working = this.working.then(() => this.work(open)).then(() => {});
    });
  }

  /** Stops; running jobs are returned to the queue. */
  async close(): Promise<void> {
    this.closing.abort();
    this.wake();
    await this.working;
  }

  private async work(open: OpenStore): Promise<unknown> {
    // An embedded store has one user: jobs it finds running were interrupted.
    await this.repeat(open, async () => {
      await open.queue.recover(open.database.kind === 'embedded');
      await this.removeLeftFolders(open);
      return 'done';
    });
    return Promise.all(
      JOB_KINDS.map((kind) =>
        this.repeat(open, async () => {
          await open.queue.recover(false, [...this.running]);
          const job = await open.queue.take(kind);
          if (!job) return 'later';
          this.running.add(job.id);
          await this.run(open, job).finally(() => this.running.delete(job.id));
          return 'again';
        }),
      ),
    );
  }

  /** Repeats some work, with a pause when there is nothing to do or the store does not answer. */
  private async repeat(open: OpenStore, work: () => Promise<'done' | 'again' | 'later'>): Promise<void> {
    while (!this.closing.signal.aborted) {
      let next: 'again' | 'later' = 'later';
      try {
        const result = await work();
        this.told = undefined;
        if (result === 'done') return;
        next = result;
      } catch (error) {
        if (this.store.now !== open) return;
        this.tell(`jobs cannot be run: ${(error as Error).message}`);
      }
      if (next === 'later' && !this.closing.signal.aborted)
        await this.sleep(LOOK_EVERY_MS[open.database.kind]);
    }
  }

  private async run(open: OpenStore, job: JobRow): Promise<void> {
    const folder = join(dataPaths(this.store.folder).jobs, job.id);
    const attempt = new Attempt(job, this.store, open, this.closing.signal);
    let over = true;
    const { id, kind, device } = job;
    const span = rootSpan(`job ${kind}`, {
      'job.id': id,
      'job.attempt': job.attempt,
      device: device ?? undefined,
    });
    try {
      const { signal, onProgress } = attempt;
      const outcome = await this.handlers[kind].run(job, { store: open, folder, signal, onProgress });
      await open.queue.succeed(job, outcome.store);
      // The job is over even if this fails.
      await outcome.after().catch((error: Error) => this.onProblem(error.message));
    } catch (caught) {
      const error = diskFullOr(caught, folder);
      failed(span, error);
      const isFinal = FINAL.some((kind) => error instanceof kind);
      over = isFinal || attempt.stoppedFor === 'cancelled' || attempt.stoppedFor === 'time limit';
      await this.endAfter(error, isFinal, open, job, attempt);
    } finally {
      span.end();
      attempt.end();
      if (over) await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Ends a job that failed or was stopped, or returns it to the queue.
   *
   * @throws the error itself if the store is lost
   */
  private async endAfter(
    error: unknown,
    isFinal: boolean,
    open: OpenStore,
    job: JobRow,
    { stoppedFor, limitSeconds }: Attempt,
  ): Promise<void> {
    if (stoppedFor === 'store lost') throw error;
    if (stoppedFor === 'closing') await open.queue.giveBack(job);
    else if (stoppedFor === 'time limit')
      await this.fail(open, job, `took longer than ${limitSeconds} s`, false);
    else if (stoppedFor !== 'cancelled' && !(error instanceof Superseded)) {
      await this.fail(open, job, (error as Error).message, !isFinal);
    }
  }

  private async fail({ queue }: OpenStore, job: JobRow, error: string, again: boolean): Promise<void> {
    this.onProblem(
      `job ${job.id} (${[job.kind, job.device].join(' ').trim()}), attempt ${job.attempt}: ${error}`,
    );
    await queue.fail(job, error, again);
  }

  /** Removes folders left by jobs that ended while no process could do so. */
  private async removeLeftFolders({ database }: OpenStore): Promise<void> {
    const { jobs } = dataPaths(this.store.folder);
    const left = await readdir(jobs).catch(() => []);
    // Queried after reading the folder: others who share it may start jobs meanwhile.
    const open = new Set(await openJobIds(database));
    for (const name of left) {
      if (!open.has(name)) await rm(join(jobs, name), { recursive: true, force: true });
    }
  }

  /** Reports a problem once, however long it lasts. */
  private tell(problem: string): void {
    if (problem !== this.told) this.onProblem(problem);
    this.told = problem;
  }

  private wake(): void {
    for (const end of this.sleeping) end();
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.sleeping.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.sleeping.add(end);
    });
  }
}
