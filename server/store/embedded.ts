import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Database, DatabaseUnavailable, type Sql } from './database.js';
import { DiskFull, isFull } from './disk-space.js';
import type { EmbeddedAnswer, EmbeddedRequest } from './embedded-worker.js';
import { type FolderLock, lockFolder } from './folder-lock.js';

/**
 * How often the space of replaced rows is made free for others, and what is in the log is written to the tables, so
 * that neither grows for ever, ms.
 */
const TIDY_EVERY_MS = 300_000;
/** How often it is looked whether a statement is stuck, ms: PGlite does not come back where PostgreSQL's log found no space. */
const STUCK_AFTER_MS = 10_000;
/** How long a statement may take, and one that tidies, ms. */
const LIMIT_MS = 120_000;
const TIDY_LIMIT_MS = 1_800_000;
/** Users that may wait for their turn. */
const MOST_WAITING = 1000;
/** SQLSTATE of a write while nothing may be written, and of one that found no space. */
const NOT_WRITTEN = ['25006', '53100'];

interface Waiting {
  readonly resolve: (rows: unknown[]) => void;
  readonly reject: (error: Error) => void;
  readonly patience: NodeJS.Timeout;
}

export interface EmbeddedOptions {
  /** How long a statement may take, ms. */
  readonly limitMs?: number;
}

/**
 * PostgreSQL in this process, on disk (PGlite, in a worker thread). It has one session, so whoever uses it takes
 * turns. What it has committed is on the disk: it survives the process being killed, and a power failure. While the disk is full it can be read, and writes are refused as `DiskFull`.
 */
export class EmbeddedDatabase implements Database {
  readonly kind = 'embedded';
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private inLine = 0;
  private ended: Error | undefined;
  private closing = false;
  private readOnly = false;
  private readonly tidying: NodeJS.Timeout;
  private readonly session: Sql = { query: (text, values = []) => this.send(text, values) };

  private constructor(
    private readonly folder: string,
    private readonly worker: Worker,
    private readonly lock: FolderLock,
    private readonly limitMs: number,
    onLost: (error: Error) => void,
  ) {
    worker.on('message', (answer: EmbeddedAnswer) => this.settle(answer));
    worker.on('error', (error) => this.end(error));
    // Which statement the answer is of cannot be read either; as users take turns, it is that of one of them.
    worker.on('messageerror', () => this.rejectAll(new Error('what the store answers cannot be read')));
    worker.on('exit', () => {
      this.end(new Error('it ended by itself'));
      if (!this.closing) onLost(this.ended!);
    });
    // PostgreSQL leaves this to processes that PGlite does not have.
    this.tidying = setInterval(() => {
      for (const statement of ['VACUUM', 'CHECKPOINT']) {
        this.inTurn(async () => {
          if (!this.readOnly) await this.send(statement, undefined, TIDY_LIMIT_MS);
        }).catch(() => {});
      }
    }, TIDY_EVERY_MS);
    this.tidying.unref();
  }

  /**
   * @param folder holds the database's files; is made if it is not there. The folder around it is locked
   * @param onLost is told when the database ends without having been closed
   * @param signal breaks off opening, which can be taken up again as after a crash
   * @throws DatabaseUnavailable if another process has the folder open, or what is in it is damaged; DiskFull
   */
  static async open(
    folder: string,
    onLost: (error: Error) => void,
    signal: AbortSignal,
    { limitMs = LIMIT_MS }: EmbeddedOptions = {},
  ): Promise<EmbeddedDatabase> {
    await mkdir(dirname(folder), { recursive: true });
    if (await isFull(dirname(folder))) throw DiskFull.ofDatabase(dirname(folder));
    const lock = await lockFolder(dirname(folder));
    const worker = new Worker(new URL('./embedded-worker.js', import.meta.url), {
      workerData: folder,
      // Some of node's own options are for a main script only.
      execArgv: [],
      // PGlite writes what PostgreSQL logs to the console.
      stdout: true,
      stderr: true,
    });
    // Else it would be kept for a reader.
    worker.stdout.resume();
    worker.stderr.resume();
    try {
      await Promise.race([
        once(worker, 'message', { signal }),
        once(worker, 'exit').then(() => Promise.reject(new Error('it ended while opening'))),
      ]);
    } catch (error) {
      await worker.terminate();
      await lock.release();
      throw new DatabaseUnavailable(
        `the store in ${folder} cannot be opened (${reasonOf(error)}); if its files are damaged, put back a copy, or move the folder away to begin an empty one`,
      );
    }
    return new EmbeddedDatabase(folder, worker, lock, limitMs, onLost);
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.inTurn(() => this.send(text, values)) as Promise<Row[]>;
  }

  async execute(script: string): Promise<unknown[]> {
    return this.inTurn(async () => {
      try {
        return await this.send(script);
      } catch (error) {
        await this.send('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async transaction<T>(body: (sql: Sql) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.send('BEGIN');
      try {
        const result = await body(this.session);
        await this.send('COMMIT');
        return result;
      } catch (error) {
        await this.send('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** Nothing to wait for: the folder's lock keeps other processes out. */
  exclusively<T>(body: () => Promise<T>): Promise<T> {
    return body();
  }

  async close(): Promise<void> {
    clearInterval(this.tidying);
    this.closing = true;
    await this.turn.catch(() => {});
    if (!this.ended) {
      const full = await isFull(this.folder);
      this.ended = new Error('it is closed');
      const exited = once(this.worker, 'exit');
      // Closing writes; without space it is left as by a crash, which the next opening mends.
      if (full) await this.worker.terminate();
      else this.worker.postMessage('close');
      await exited;
    }
    await this.lock.release();
  }

  /** Runs the body when all that was asked before has ended. */
  private inTurn<T>(body: () => Promise<T>): Promise<T> {
    if (this.inLine >= MOST_WAITING) {
      return Promise.reject(
        new DatabaseUnavailable(`${MOST_WAITING} others wait for the store; try again later`),
      );
    }
    this.inLine++;
    const asked = async () => {
      try {
        await this.refuseWritesOnFullDisk();
        return await body();
      } finally {
        this.inLine--;
      }
    };
    const result = this.turn.then(asked, asked);
    this.turn = result.catch(() => {});
    return result;
  }

  /** Has PostgreSQL refuse whatever writes while the disk is full. */
  private async refuseWritesOnFullDisk(): Promise<void> {
    const full = await isFull(this.folder);
    if (full === this.readOnly) return;
    await this.send(`SET default_transaction_read_only = ${full}`);
    this.readOnly = full;
  }

  private send<Row>(text: string, values?: readonly unknown[], limitMs = this.limitMs): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new DatabaseUnavailable(`the store is not open: ${this.ended.message}`));
        return;
      }
      const id = this.nextId++;
      const sentAt = performance.now();
      const look = () => this.giveUpIfStuck(performance.now() - sentAt > limitMs);
      const patience = setInterval(look, Math.min(STUCK_AFTER_MS, limitMs));
      patience.unref();
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, patience });
      this.worker.postMessage({ id, text, values } satisfies EmbeddedRequest);
    });
  }

  /** Ends a database that a statement keeps busy without end, or whose disk others have filled while it wrote. */
  private async giveUpIfStuck(tooLong: boolean): Promise<void> {
    if (tooLong) this.end(new Error('a statement took too long'));
    // What reads only takes as long as it takes.
    else if (this.readOnly || !(await isFull(this.folder))) return;
    else this.end(new Error(`the disk of ${this.folder} was filled while it wrote; free some space`));
    await this.worker.terminate();
  }

  private settle(answer: EmbeddedAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    clearInterval(waiting?.patience);
    if ('rows' in answer) waiting?.resolve(answer.rows);
    else if (NOT_WRITTEN.includes(answer.code!))
      waiting?.reject(DiskFull.ofDatabase(this.folder, answer.error));
    else waiting?.reject(Object.assign(new Error(answer.error), { code: answer.code }));
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.rejectAll(new DatabaseUnavailable(`the store has ended: ${this.ended.message}`));
  }

  private rejectAll(error: Error): void {
    for (const { reject, patience } of this.waiting.values()) {
      clearInterval(patience);
      reject(error);
    }
    this.waiting.clear();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.message ? error.message.split('\n')[0] : String(error);
}
