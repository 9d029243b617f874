import { limitSecondsOf } from '../../api/job.js';
import type { JobRow } from '../store/jobs.js';
import type { OpenStore, Store } from '../store/store.js';

/** How often a running job reports its progress, ms. */
const HEARTBEAT_MS = 1000;

/** Why an attempt at a job was stopped. */
type StopReason = 'cancelled' | 'time limit' | 'closing' | 'store lost';

/** A running attempt at a job: sends heartbeats to the queue, and is stopped for the first reason that arises. */
export class Attempt {
  readonly limitSeconds: number;
  private readonly stopping = new AbortController();
  private readonly limit: NodeJS.Timeout;
  private readonly heartbeat: NodeJS.Timeout;
  private progress: Record<string, unknown> | null = null;
  private why: StopReason | undefined;

  /** @param closing aborted when the service stops */
  constructor(
    private readonly job: JobRow,
    private readonly store: Store,
    private readonly open: OpenStore,
    private readonly closing: AbortSignal,
  ) {
    this.limitSeconds = limitSecondsOf(job);
    this.limit = setTimeout(() => this.stop('time limit'), this.limitSeconds * 1000);
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    open.queue.on('cancelled', this.onCancelled);
    closing.addEventListener('abort', this.onClosing);
    if (closing.aborted) this.onClosing();
  }

  /** Aborted when it is stopped. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Undefined until it is stopped. */
  get stoppedFor(): StopReason | undefined {
    return this.why;
  }

  readonly onProgress = (progress: Record<string, unknown>): void => {
    this.progress = progress;
  };

  /** Ends the heartbeats. */
  end(): void {
    clearTimeout(this.limit);
    clearInterval(this.heartbeat);
    this.open.queue.off('cancelled', this.onCancelled);
    this.closing.removeEventListener('abort', this.onClosing);
  }

  private async beat(): Promise<void> {
    if (this.store.now !== this.open) this.stop('store lost');
    const counts = await this.open.queue.heartbeat(this.job, this.progress).catch(() => true);
    if (!counts) this.stop('cancelled');
  }

  private readonly onCancelled = (id: string): void => {
    if (id === this.job.id) this.stop('cancelled');
  };

  private readonly onClosing = (): void => this.stop('closing');

  private stop(reason: StopReason): void {
    this.why ??= reason;
    this.stopping.abort();
  }
}
