import type { Predictor } from '../src/predictors/predictor.js';
import type { Architecture } from '../src/spaces/space.js';
import { ApiError } from './errors.js';

/** Architectures in one run, unless a single query has more: enough to amortise a run, and short to wait for. */
const MAX_BATCH = 1024;

/** Architectures that may wait for a run before further queries are turned away. */
const MAX_QUEUED = 500_000;

interface Query {
  readonly architectures: readonly Architecture[];
  readonly resolve: (latencyMs: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts concurrent queries for one predictor into common runs (micro-batching): queries that arrive in the same
 * turn of the event loop, or while a run is under way, form the next run. A query alone waits for nothing.
 */
export class Batcher {
  private queue: Query[] = [];
  private queued = 0;
  private working: Promise<void> | undefined;

  /** @param onRun is told how many architectures each run holds */
  constructor(
    private readonly predictor: Predictor,
    private readonly onRun: (size: number) => void = () => {},
    private readonly maxQueued = MAX_QUEUED,
  ) {}

  /**
   * @returns `[architecture]`, milliseconds
   * @throws ApiError 503 if too many architectures wait already; whatever the predictor throws
   */
  predict(architectures: readonly Architecture[]): Promise<Float64Array> {
    if (this.queued + architectures.length > this.maxQueued) {
      return Promise.reject(new ApiError(503, 'overloaded', 'too many queries are waiting; try again later'));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ architectures, resolve, reject });
      this.queued += architectures.length;
      this.working ??= this.work();
    });
  }

  /** Resolves once every query taken so far has its answer. */
  async idle(): Promise<void> {
    await this.working;
  }

  private async work(): Promise<void> {
    await new Promise(setImmediate);
    while (this.queue.length > 0) await this.runNext();
    this.working = undefined;
  }

  private async runNext(): Promise<void> {
    const queries = this.take();
    const architectures = queries.flatMap((query) => query.architectures);
    this.onRun(architectures.length);
    try {
      const latencyMs = await this.predictor.predict(architectures);
      let start = 0;
      for (const query of queries) {
        const end = start + query.architectures.length;
        query.resolve(latencyMs.subarray(start, end));
        start = end;
      }
    } catch (error) {
      for (const query of queries) query.reject(error);
    }
  }

  /** The oldest queries, as many as fit into a run, at least one. */
  private take(): Query[] {
    let size = 0;
    let count = 0;
    do {
      size += this.queue[count].architectures.length;
      count++;
    } while (count < this.queue.length && size + this.queue[count].architectures.length <= MAX_BATCH);
    this.queued -= size;
    return this.queue.splice(0, count);
  }
}
