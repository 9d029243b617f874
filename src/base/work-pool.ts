import { type Transferable, Worker } from 'node:worker_threads';

const REASONS = {
  crowded: 'too many others wait',
  busy: 'too many of the same caller wait',
  slow: 'it takes too long',
  large: 'it takes too much memory',
};

/** A piece of work that was not done. */
export class WorkNotDone extends Error {
  override readonly name = 'WorkNotDone';

  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
  }
}

export interface WorkPoolOptions {
  /** Of the threads, which answer each message with one. */
  readonly module: URL;
  /** As many pieces are done at the same time, at most. */
  readonly threads: number;
  /** How long a piece of work may take, ms. */
  readonly limitMs: number;
  /** What a thread may have in memory, MiB, but for buffers. */
  readonly memoryMb: number;
  /** Pieces of work that may be waiting or under way, … */
  readonly most: number;
  /** … and those of one caller. */
  readonly mostEach: number;
}

interface Task<Piece, Result> {
  readonly piece: Piece;
  readonly transfer: readonly Transferable[];
  readonly caller: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

/** A thread and what it is doing. */
interface Place<Piece, Result> {
  worker: Worker | undefined;
  task: Task<Piece, Result> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** How long a thread without work is kept, ms. */
const IDLE_MS = 60_000;

/**
 * Threads that do pieces of work, so that the event loop goes on meanwhile. Callers take turns, and none ever has all
 * threads, so that nobody waits for the work of one other. A thread starts with its first piece, and again after one that broke
 * it, took too long or too much memory; without work it ends.
 */
export class WorkPool<Piece, Result> {
  private readonly places: Place<Piece, Result>[];
  /** What waits, by caller; whose turn is next comes first. */
  private readonly waiting = new Map<string, Task<Piece, Result>[]>();
  /** Pieces waiting or under way, by caller. */
  private readonly open = new Map<string, number>();
  private total = 0;
  private closed = false;

  constructor(private readonly options: WorkPoolOptions) {
    this.places = Array.from({ length: options.threads }, () => ({
      worker: undefined,
      task: undefined,
      timer: undefined,
    }));
  }

  /**
   * @param caller whose piece it is
   * @param transfer buffers of the piece that are handed over, not copied
   * @throws WorkNotDone; Error if the thread breaks or is closed
   */
  async do(piece: Piece, caller = '', transfer: readonly Transferable[] = []): Promise<Result> {
    if (this.closed) throw closedError();
    const own = this.open.get(caller) ?? 0;
    if (own >= this.options.mostEach) throw new WorkNotDone('busy');
    if (this.total >= this.options.most) throw new WorkNotDone('crowded');
    this.open.set(caller, own + 1);
    this.total++;
    try {
      return await new Promise<Result>((resolve, reject) => {
        const tasks = this.waiting.get(caller) ?? [];
        tasks.push({ piece, transfer, caller, resolve, reject });
        this.waiting.set(caller, tasks);
        this.next();
      });
    } finally {
      this.total--;
      const left = this.open.get(caller)! - 1;
      if (left > 0) this.open.set(caller, left);
      else this.open.delete(caller);
    }
  }

  /** Stops the threads, whatever they are doing. */
  async close(): Promise<void> {
    this.closed = true;
    for (const task of [...this.waiting.values()].flat()) task.reject(closedError());
    this.waiting.clear();
    await Promise.all(this.places.map((place) => this.stop(place, closedError())));
  }

  private next(): void {
    for (const place of this.places) {
      if (place.task) continue;
      const task = this.take();
      if (!task) return;
      this.begin(place, task);
    }
  }

  /** The first piece of the caller whose turn it is. */
  private take(): Task<Piece, Result> | undefined {
    const most = Math.max(1, this.options.threads - 1);
    for (const [caller, tasks] of this.waiting) {
      if (this.places.filter(({ task }) => task?.caller === caller).length >= most) continue;
      this.waiting.delete(caller);
      const task = tasks.shift();
      if (tasks.length > 0) this.waiting.set(caller, tasks);
      return task;
    }
    return undefined;
  }

  private begin(place: Place<Piece, Result>, task: Task<Piece, Result>): void {
    clearTimeout(place.timer);
    place.task = task;
    place.timer = setTimeout(() => this.stop(place, new WorkNotDone('slow')), this.options.limitMs);
    try {
      place.worker ??= this.started(place);
      place.worker.postMessage(task.piece, task.transfer);
    } catch (error) {
      void this.stop(place, error as Error);
    }
  }

  private started(place: Place<Piece, Result>): Worker {
    const { module, memoryMb } = this.options;
    // Some of node's own options are for a main script only.
    const worker = new Worker(module, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    const broken = (error: Error & { code?: string }) => {
      if (worker !== place.worker) return;
      void this.stop(place, error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new WorkNotDone('large') : error);
    };
    worker.on('message', (result: Result) => {
      if (worker !== place.worker) return;
      place.task?.resolve(result);
      this.rest(place);
    });
    worker.on('messageerror', () => broken(new Error('the answer of the thread cannot be read')));
    worker.on('error', broken);
    worker.on('exit', () => broken(new Error('the thread has ended')));
    return worker;
  }

  /** Has a thread ended after a while without work. */
  private rest(place: Place<Piece, Result>): void {
    clearTimeout(place.timer);
    place.task = undefined;
    place.timer = setTimeout(() => this.stop(place, new Error('it had nothing to do')), IDLE_MS);
    place.timer.unref();
    this.next();
  }

  private async stop(place: Place<Piece, Result>, why: Error): Promise<void> {
    clearTimeout(place.timer);
    const { worker, task } = place;
    place.worker = undefined;
    place.task = undefined;
    task?.reject(why);
    if (!this.closed) this.next();
    await worker?.terminate();
  }
}

function closedError(): Error {
  return new Error('the threads are closed');
}
