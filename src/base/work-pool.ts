import { LimitedProcess, type LimitedProcessOptions } from './limited-process/limited-process.js';
import { WorkNotDone } from './limited-process/work-not-done.js';

export interface WorkPoolOptions extends LimitedProcessOptions {
  /** Number of processes, which is how many pieces are worked on at the same time. */
  readonly processes: number;
  /** Most pieces that may be waiting or under way at once. */
  readonly most: number;
  /** The same for a single caller. */
  readonly mostEach: number;
}

interface Task<Piece, Result> {
  readonly piece: Piece;
  readonly caller: string;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A process and what it is doing. */
interface Place<Piece, Result> {
  readonly process: LimitedProcess<Piece, Result>;
  task: Task<Piece, Result> | undefined;
  /** Ends an idle process. */
  timer: NodeJS.Timeout | undefined;
}

/** Time in ms that an idle process is kept. */
const IDLE_MS = 60_000;

/**
 * Processes that do pieces of work, so that the event loop keeps running and survives a crash. Callers take
 * turns, and none ever occupies all processes, so nobody waits for another caller's work alone.
 */
export class WorkPool<Piece, Result> {
  private readonly places: Place<Piece, Result>[];
  /** Waiting tasks by caller; the caller whose turn is next comes first. */
  private readonly waiting = new Map<string, Task<Piece, Result>[]>();
  /** Number of pieces waiting or under way, by caller. */
  private readonly open = new Map<string, number>();
  private total = 0;
  private closed = false;
  private isWarm = false;

  constructor(private readonly options: WorkPoolOptions) {
    this.places = Array.from({ length: options.processes }, () => ({
      process: new LimitedProcess(options),
      task: undefined,
      timer: undefined,
    }));
  }

  /**
   * @param caller to whom the piece belongs
   * @throws WorkNotDone if it is refused or exceeds a limit; Error if the work fails or the pool is closed
   */
  async do(piece: Piece, caller = ''): Promise<Result> {
    if (this.closed) throw closedError();
    const own = this.open.get(caller) ?? 0;
    if (own >= this.options.mostEach) throw new WorkNotDone('busy');
    if (this.total >= this.options.most) throw new WorkNotDone('crowded');
    this.open.set(caller, own + 1);
    this.total++;
    try {
      return await new Promise<Result>((resolve, reject) => {
        const tasks = this.waiting.get(caller) ?? [];
        tasks.push({ piece, caller, resolve, reject });
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

  /** Starts one process and keeps it, so that a piece that comes alone need not wait for one to start. */
  warm(): void {
    if (this.closed) return;
    this.isWarm = true;
    this.places[0].process.start();
  }

  /** Ends the processes, whatever they are doing. */
  close(): void {
    this.closed = true;
    for (const task of [...this.waiting.values()].flat()) task.reject(closedError());
    this.waiting.clear();
    for (const { process, timer, task } of this.places) {
      clearTimeout(timer);
      task?.reject(closedError());
      process.close();
    }
  }

  private next(): void {
    for (const place of this.places) {
      if (place.task) continue;
      const task = this.take();
      if (!task) return;
      void this.work(place, task);
    }
  }

  /** The first piece of the caller whose turn it is. */
  private take(): Task<Piece, Result> | undefined {
    const most = Math.max(1, this.options.processes - 1);
    for (const [caller, tasks] of this.waiting) {
      if (this.places.filter(({ task }) => task?.caller === caller).length >= most) continue;
      this.waiting.delete(caller);
      const task = tasks.shift();
      if (tasks.length > 0) this.waiting.set(caller, tasks);
      return task;
    }
    return undefined;
  }

  private async work(place: Place<Piece, Result>, task: Task<Piece, Result>): Promise<void> {
    clearTimeout(place.timer);
    place.task = task;
    await place.process.ask(task.piece).then(task.resolve, task.reject);
    place.task = undefined;
    if (this.closed) return;
    if (!(this.isWarm && place === this.places[0])) {
      place.timer = setTimeout(() => place.process.close(), IDLE_MS);
      place.timer.unref();
    }
    this.next();
  }
}

function closedError(): Error {
  return new Error('the processes are closed');
}
