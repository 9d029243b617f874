import { setTimeout as sleep } from 'node:timers/promises';
import { dataPaths } from '../../src/base/data-folder.js';
import { JobQueue } from '../jobs/queue.js';
import { tracedDatabase } from '../tracing/traced-database.js';
import { type Database, DatabaseUnavailable } from './database.js';
import { DiskFull } from './disk-space.js';
import { EmbeddedDatabase } from './embedded.js';
import { FolderTaken } from './folder-lock.js';
import { migrate } from './migrations.js';
import { PostgresDatabase } from './postgres.js';
import { Refusal } from './refusal.js';

export interface StoreOptions {
  /** Folder of the embedded database, of model versions and of running jobs. */
  readonly folder: string;
  /** `postgresql://…`; without it the embedded database is used. */
  readonly databaseUrl?: string;
  /** How long a statement may take, ms. */
  readonly statementLimitMs?: number;
  /** Called when the store cannot be opened, or is lost. */
  readonly onProblem: (message: string) => void;
}

export type StoreState =
  | { readonly state: 'opening' | 'ready' }
  | { readonly state: 'failed'; readonly message: string };

/** Delay before a database that did not answer, or has ended, is opened again, ms. */
const RETRY_MS = 2000;
/** How long a database may take to answer a check, ms. */
const LOOK_MS = 2000;
/** How long a request waits for the store to open, ms. */
const PATIENCE_MS = 30_000;

/** An open database and its queue. */
export interface OpenStore {
  readonly database: Database;
  readonly queue: JobQueue;
}

/**
 * The service's store of measurements, devices, model versions and jobs. It opens in the background, because creating the
 * embedded database takes seconds; users wait for `ready`.
 */
export class Store {
  private current: StoreState = { state: 'opening' };
  private opened: OpenStore | undefined;
  private opening: Promise<void> = Promise.resolve();
  private tried = () => {};
  private looking: Promise<StoreState> | undefined;
  /** Resolves when opening has succeeded, or failed for the first time. */
  private readonly firstTry = new Promise<void>((resolve) => {
    this.tried = resolve;
  });
  private readonly closing = new AbortController();
  private readonly listeners: ((store: OpenStore) => unknown)[] = [];

  constructor(private readonly options: StoreOptions) {}

  /** Starts opening. */
  open(): void {
    this.opening = this.keepOpen();
  }

  get kind(): Database['kind'] {
    return this.options.databaseUrl ? 'postgresql' : 'embedded';
  }

  get folder(): string {
    return this.options.folder;
  }

  get state(): StoreState {
    return this.current;
  }

  /** The state after checking the database; concurrent callers share a check. */
  look(): Promise<StoreState> {
    this.looking ??= this.lookNow().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookNow(): Promise<StoreState> {
    if (!this.opened) return this.current;
    const waited = new AbortController();
    try {
      const silent = delay(LOOK_MS, waited.signal).then(() => {
        const who = this.kind === 'postgresql' ? 'PostgreSQL' : 'the embedded database';
        throw new DatabaseUnavailable(`${who} has not answered for ${LOOK_MS / 1000} s`);
      });
      const readOnly = "SELECT current_setting('transaction_read_only') = 'on' AS is";
      const asked = this.opened.database.query<{ is: boolean }>(readOnly);
      const [{ is: onlyReads }] = await Promise.race([asked, silent]);
      if (!onlyReads) return this.current;
      throw new DatabaseUnavailable(
        this.kind === 'postgresql'
          ? 'PostgreSQL is read-only (a standby?)'
          : 'its disk is full: it is read-only',
      );
    } catch (error) {
      return { state: 'failed', message: (error as Error).message };
    } finally {
      waited.abort();
    }
  }

  /** The open store, if it is open. */
  get now(): OpenStore | undefined {
    return this.opened;
  }

  /**
   * Calls a listener whenever the store has been opened, also after it had ended. The store is ready only when the promises
   * returned by listeners have settled.
   */
  onOpen(listener: (store: OpenStore) => unknown): void {
    if (this.opened) listener(this.opened);
    this.listeners.push(listener);
  }

  /**
   * The open store; waits while it is being opened.
   *
   * @throws Refusal `unavailable` with the reason
   */
  async ready(): Promise<OpenStore> {
    if (this.current.state === 'opening') {
      const waited = new AbortController();
      await Promise.race([this.firstTry, delay(PATIENCE_MS, waited.signal)]);
      waited.abort();
    }
    if (this.opened) return this.opened;
    const message =
      this.current.state === 'failed' ? this.current.message : 'the store is still being opened; try again';
    throw new Refusal('unavailable', 'store_unavailable', message);
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.tried();
    await this.opening;
    if (this.opened) await shut(this.opened);
    this.opened = undefined;
  }

  private async keepOpen(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const open = await this.openNow();
        try {
          await Promise.all(this.listeners.map((listener) => listener(open)));
        } catch (error) {
          // Left open, it would block the folder, or the connections, for the next attempt.
          await shut(open);
          throw error;
        }
        this.opened = open;
        this.current = { state: 'ready' };
        this.tried();
        return;
      } catch (error) {
        if (this.closing.signal.aborted) return;
        this.fail((error as Error).message);
        // A damaged folder stays damaged, but a server may come back, another process may end, and space may be freed.
        const passes = error instanceof DiskFull || error instanceof FolderTaken;
        if (this.kind === 'embedded' && !passes) return;
        await delay(RETRY_MS, this.closing.signal);
      }
    }
  }

  private async openNow(): Promise<OpenStore> {
    const { databaseUrl, folder, statementLimitMs } = this.options;
    const database = tracedDatabase(
      databaseUrl
        ? await PostgresDatabase.open(databaseUrl, { limitMs: statementLimitMs })
        : await EmbeddedDatabase.open(
            dataPaths(folder).database,
            (error) => this.openAgain(error),
            this.closing.signal,
            { limitMs: statementLimitMs },
          ),
    );
    try {
      const queue = await database.exclusively(async () => {
        await migrate(database);
        return JobQueue.start(database, this.options.onProblem);
      });
      return { database, queue };
    } catch (error) {
      await database.close();
      if (error instanceof DatabaseUnavailable) throw error;
      throw new Error(`the store's tables cannot be set up: ${(error as Error).message}`);
    }
  }

  /** Reopens the store after the embedded database has ended by itself. */
  private openAgain(error: Error): void {
    const lost = this.opened;
    // While it is being opened, `keepOpen` notices by itself.
    if (!lost) return;
    this.opened = undefined;
    this.fail(`the embedded database has ended (${error.message}); it is being reopened`);
    this.opening = this.opening
      .then(() => shut(lost))
      .catch(() => {})
      .then(() => delay(RETRY_MS, this.closing.signal))
      .then(() => this.keepOpen());
  }

  private fail(message: string): void {
    const known = this.current.state === 'failed' && this.current.message === message;
    this.current = { state: 'failed', message };
    this.tried();
    if (!known) this.options.onProblem(message);
  }
}

async function shut({ queue, database }: OpenStore): Promise<void> {
  // A database that has ended cannot be notified.
  await queue.stop().catch(() => {});
  await database.close();
}

/** Resolves after a time, or when aborted. */
async function delay(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
