import { Worker } from 'node:worker_threads';

/** A piece of work that was not done: so many others wait, or it takes too long. */
export class WorkNotDone extends Error {
  override readonly name = 'WorkNotDone';

  constructor(readonly reason: 'crowded' | 'slow') {
    super(reason === 'crowded' ? 'too many others wait' : 'it takes too long');
  }
}

export interface WorkThreadOptions {
  /** Of the thread, which answers each message with one. */
  readonly module: URL;
  /** How long a piece of work may take, ms. */
  readonly limitMs: number;
  /** Pieces of work that may be waiting or under way. */
  readonly most: number;
}

/**
 * A thread that does pieces of work one after the other, so that the event loop goes on meanwhile. It starts with the
 * first piece, and again after one that broke it or took too long.
 */
export class WorkThread<Piece, Result> {
  private worker: Worker | undefined;
  private open = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private current: { resolve(result: Result): void; reject(error: Error): void } | undefined;
  private closed = false;

  constructor(private readonly options: WorkThreadOptions) {}

  /** @throws WorkNotDone; Error if the thread breaks or is closed */
  async do(piece: Piece): Promise<Result> {
    if (this.open === this.options.most) throw new WorkNotDone('crowded');
    this.open++;
    const result = this.turn.then(() => this.doNow(piece));
    this.turn = result.catch(() => {});
    return result.finally(() => {
      this.open--;
    });
  }

  /** Stops the thread, whatever it is doing. */
  async close(): Promise<void> {
    this.closed = true;
    this.stop(new Error('the thread is closed'));
    await this.turn;
  }

  private async doNow(piece: Piece): Promise<Result> {
    if (this.closed) throw new Error('the thread is closed');
    const limit = setTimeout(() => this.stop(new WorkNotDone('slow')), this.options.limitMs);
    try {
      return await new Promise<Result>((resolve, reject) => {
        this.current = { resolve, reject };
        this.worker ??= this.started();
        this.worker.postMessage(piece);
      });
    } finally {
      clearTimeout(limit);
      this.current = undefined;
    }
  }

  private started(): Worker {
    // Some of node's own options are for a main script only.
    const worker = new Worker(this.options.module, { execArgv: [] });
    worker.on('message', (result: Result) => this.current?.resolve(result));
    worker.on('error', (error) => {
      if (worker === this.worker) this.stop(error);
    });
    worker.on('exit', () => {
      if (worker === this.worker) this.stop(new Error('the thread has ended'));
    });
    return worker;
  }

  private stop(why: Error): void {
    this.current?.reject(why);
    void this.worker?.terminate();
    this.worker = undefined;
  }
}
