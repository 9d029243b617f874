import type { Predictor } from '../../src/predictors/predictor.js';
import type { Architecture } from '../../src/spaces/space.js';
import { ApiError } from '../http/errors.js';

/**
 * Most architectures in one run. A query may have to wait for a run of another model; larger runs are no faster per
 * architecture.
 */
const MAX_BATCH = 256;

/** Queries of at most so many architectures go first, because somebody is probably waiting … */
const SHORT = 16;
/** … but this part of a run is reserved for long queries, so that they always make progress. */
const FOR_LONG = 64;

/** Most architectures waiting for a run; further queries are turned away. */
const MAX_QUEUED = 500_000;

interface Query {
  readonly architectures: readonly Architecture[];
  /** `[architecture]`, filled in as runs end. */
  readonly values: Float64Array;
  /** Architectures put into runs. */
  taken: number;
  /** Architectures whose runs have ended. */
  done: number;
  readonly resolve: (values: Float64Array) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of a query that goes into one run. */
interface Piece {
  readonly query: Query;
  readonly start: number;
  readonly end: number;
}

/**
 * Combines concurrent queries for one predictor into common runs (micro-batching). Queries that arrive in the same turn
 * of the event loop, or during a run, form the next run; long ones are split over several runs, so that others need not
 * wait for them. A lone query does not wait.
 */
export class Batcher {
  private readonly short: Query[] = [];
  private readonly long: Query[] = [];
  private queued = 0;
  private working = false;
  private readonly waitingForIdle: (() => void)[] = [];

  /** @param onRun called with the number of architectures of each run */
  constructor(
    private readonly predictor: Predictor,
    private readonly onRun: (size: number) => void = () => {},
    private readonly maxQueued = MAX_QUEUED,
  ) {}

  /**
   * @returns `[architecture]`, in the predictor's unit
   * @throws ApiError 503 if too many architectures are waiting; whatever the predictor throws
   */
  predict(architectures: readonly Architecture[]): Promise<Float64Array> {
    if (this.queued + architectures.length > this.maxQueued) {
      return Promise.reject(new ApiError(503, 'overloaded', 'too many queries are waiting; try again later'));
    }
    return new Promise((resolve, reject) => {
      const values = new Float64Array(architectures.length);
      const queue = architectures.length <= SHORT ? this.short : this.long;
      queue.push({ architectures, values, taken: 0, done: 0, resolve, reject });
      this.queued += architectures.length;
      if (this.working) return;
      this.working = true;
      setImmediate(() => this.work());
    });
  }

  /** Resolves once every query taken so far has its answer. */
  async idle(): Promise<void> {
    if (this.working) await new Promise<void>((resolve) => this.waitingForIdle.push(resolve));
  }

  private async work(): Promise<void> {
    while (this.short.length + this.long.length > 0) await this.run(this.take());
    this.working = false;
    for (const resolve of this.waitingForIdle.splice(0)) resolve();
  }

  private async run(pieces: readonly Piece[]): Promise<void> {
    const architectures = pieces.flatMap(({ query, start, end }) => query.architectures.slice(start, end));
    this.onRun(architectures.length);
    try {
      const values = await this.predictor.predict(architectures);
      let at = 0;
      for (const { query, start, end } of pieces) {
        query.values.set(values.subarray(at, at + end - start), start);
        at += end - start;
        query.done += end - start;
        if (query.done === query.values.length) query.resolve(query.values);
      }
    } catch (error) {
      for (const { query } of pieces) query.reject(error);
    }
  }

  /** Takes the next run's architectures off the queues. */
  private take(): Piece[] {
    const forLong = Math.min(FOR_LONG, remaining(this.long));
    const pieces = takeOff(this.short, MAX_BATCH - forLong);
    pieces.push(...takeOff(this.long, MAX_BATCH - sizeOf(pieces)));
    this.queued -= sizeOf(pieces);
    return pieces;
  }
}

/** Takes at most `most` architectures off a queue, the oldest first. */
function takeOff(queue: Query[], most: number): Piece[] {
  const pieces: Piece[] = [];
  let room = most;
  let finished = 0;
  while (room > 0 && finished < queue.length) {
    const query = queue[finished];
    const start = query.taken;
    const end = Math.min(query.architectures.length, start + room);
    pieces.push({ query, start, end });
    query.taken = end;
    room -= end - start;
    if (end === query.architectures.length) finished++;
  }
  queue.splice(0, finished);
  return pieces;
}

function remaining(queue: readonly Query[]): number {
  return queue.reduce((sum, { architectures, taken }) => sum + architectures.length - taken, 0);
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { start, end }) => sum + end - start, 0);
}
