import { setTimeout as sleep } from 'node:timers/promises';

/** Pause after a read, as a multiple of its duration. */
const REST = 10;
const LONGEST_REST_MS = 5000;

/**
 * An expensive value that several callers read repeatedly. It is made once for all who ask meanwhile, with pauses in
 * between, so making it never takes more than a tenth of the time.
 */
export class SharedRead<T> {
  /** The value last read. */
  latest: T | undefined;
  private next: Promise<T> | undefined;
  private rested: Promise<unknown> = Promise.resolve();

  /** @param closing ends the pauses */
  constructor(
    private readonly make: () => Promise<T>,
    private readonly closing: AbortSignal,
  ) {}

  /** The value at some moment after the call. */
  read(): Promise<T> {
    this.next ??= this.rested.then(() => this.begin());
    return this.next;
  }

  private async begin(): Promise<T> {
    // Later callers need a new read, since the value may change from now on.
    this.next = undefined;
    const begunAt = performance.now();
    const made = this.make();
    const rest = () => this.rest(performance.now() - begunAt);
    this.rested = made.then(rest, rest);
    this.latest = await made;
    return this.latest;
  }

  private async rest(tookMs: number): Promise<void> {
    const ms = Math.min(REST * tookMs, LONGEST_REST_MS);
    await sleep(ms, undefined, { signal: this.closing }).catch(() => {});
  }
}
