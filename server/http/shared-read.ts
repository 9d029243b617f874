import { setTimeout as sleep } from 'node:timers/promises';

/** Rest after a read, in times of what it took. */
const REST = 10;
const LONGEST_REST_MS = 5000;

/**
 * Something that several read again and again, and that is a lot of work: made once for all who ask meanwhile, and with
 * rests in between, so that it never has more than a tenth of the time.
 */
export class SharedRead<T> {
  /** As it was read last. */
  latest: T | undefined;
  private next: Promise<T> | undefined;
  private rested: Promise<unknown> = Promise.resolve();

  /** @param closing ends the rests */
  constructor(
    private readonly make: () => Promise<T>,
    private readonly closing: AbortSignal,
  ) {}

  /** As it is at some moment after the call. */
  read(): Promise<T> {
    this.next ??= this.rested.then(() => this.begin());
    return this.next;
  }

  private async begin(): Promise<T> {
    // Who asks from now on asks for what may change from now on.
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
