import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Database, DatabaseUnavailable, type Sql } from './database.js';
import { DiskFull, isFull } from './disk-space.js';
import type { EmbeddedAnswer, EmbeddedRequest } from './embedded-worker.js';
import { type FolderLock, lockFolder } from './folder-lock.js';

/**
 * How often to reclaim the space of replaced rows and to write the log to the tables, so that neither grows forever, ms.
 */
const TIDY_EVERY_MS = 300_000;
/** How often to check for a stuck statement, ms: PGlite never returns if PostgreSQL's log ran out of space. */
const STUCK_AFTER_MS = 10_000;
/** How long a statement may take, and one that tidies, ms. */
const LIMIT_MS = 120_000;
const TIDY_LIMIT_MS = 1_800_000;
/** Most users waiting for their turn. */
const MOST_WAITING = 1000;
/** SQLSTATE of a write while the database is read-only, and of one that ran out of space. */
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
 * PostgreSQL in this process, on disk (PGlite, in a worker thread). It has one session, so its users take turns. What it
 * has committed is on the disk, and survives killing the process or a power failure. While the disk is full it can be
 * read, and writes are refused with `DiskFull`.
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
    // The statement it answers cannot be read either; since users take turns, it can only be the current one.
    worker.on('messageerror', () => this.rejectAll(new Error('the answer of the store cannot be read')));
    worker.on('exit', () => {
      this.end(new Error('it ended by itself'));
      if (!this.closing) onLost(this.ended!);
    });
    // PostgreSQL does this in background processes, which PGlite does not have.
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
   * @param folder folder of the database's files, created if needed; its parent folder is locked
   * @param onLost called if the database ends without having been closed
   * @param signal interrupts opening; the next opening recovers as after a crash
   * @throws DatabaseUnavailable if another process has the folder open, or its files are damaged; DiskFull
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
      // Some of Node's options are valid only for a main script.
      execArgv: [],
      // PGlite writes what PostgreSQL logs to the console.
      stdout: true,
      stderr: true,
    });
    // Otherwise the output would be buffered for a reader.
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
        `the store in ${folder} cannot be opened (${reasonOf(error)}); if its files are damaged, restore a backup, or move the folder away to start with an empty one`,
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

  /** Needs no lock: that of the folder keeps other processes out. */
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
      // Closing writes; without space the database is left as after a crash, and the next opening recovers it.
      if (full) await this.worker.terminate();
      else this.worker.postMessage('close');
      await exited;
    }
    await this.lock.release();
  }

  /** Runs the body after all earlier users have finished. */
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

  /** Makes PostgreSQL refuse writes while the disk is full. */
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

  /** Ends a database that is stuck in a statement, or whose disk was filled by others while it was writing. */
  private async giveUpIfStuck(tooLong: boolean): Promise<void> {
    if (tooLong) this.end(new Error('a statement took too long'));
    // Reading may take any time.
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
