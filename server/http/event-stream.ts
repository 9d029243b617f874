import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JobQueue } from '../jobs/queue.js';
import { ApiError, isStoreAway } from './errors.js';
import { SharedRead } from './shared-read.js';

/** How often a stream checks for changes by other servers, ms. */
const LOOK_EVERY_MS = 1000;
/** How often a stream sends something even without a change, ms: proxies close silent connections. */
const ALIVE_EVERY_MS = 15_000;

/** Reads the current state of the thing watched; undefined if it no longer exists. */
export type Read = () => Promise<{ readonly answer: unknown; readonly isOver: boolean } | undefined>;

/** The event sent to all watchers; kept in memory once, however many have not read it yet. */
type Told = { readonly event: Buffer; readonly isOver: boolean } | undefined;

/** Most open streams in total, and of one caller. */
const MOST = { all: 1000, each: 100 };

const STILL_HERE = Buffer.from(': still here\n\n');

/** Server-sent events about things of one kind; watchers of the same thing share the work of reading it. */
export class EventStreams {
  private readonly open = new Map<string, number>();
  private openInAll = 0;
  private readonly watched = new Map<string, { readonly shared: SharedRead<Told>; watchers: number }>();

  /**
   * @param name name of the events
   * @param closing aborted when the service closes
   */
  constructor(
    private readonly name: string,
    private readonly closing: AbortSignal,
  ) {}

  /** Streams that end when the service closes. */
  static of(app: FastifyInstance, name: string): EventStreams {
    const closing = new AbortController();
    setMaxListeners(0, closing.signal);
    app.addHook('preClose', async () => closing.abort());
    return new EventStreams(name, closing.signal);
  }

  /**
   * Answers with the events of `follow`. Each is made only after the previous one has been sent.
   *
   * @param caller the watcher
   * @throws ApiError 429 if the caller has a hundred open streams, 503 if there are a thousand
   */
  send(reply: FastifyReply, queue: JobQueue, id: string, read: Read, caller: string): FastifyReply {
    reply.type('text/event-stream').header('cache-control', 'no-cache');
    // Fastify answers HEAD by reading the whole stream, which nobody would ever close.
    if (reply.request.method === 'HEAD') return reply.send('');
    this.enter(caller);
    const events = Readable.from(this.follow(queue, id, read), { highWaterMark: 1 });
    events.once('close', () => this.leave(caller));
    return reply.send(events);
  }

  private enter(caller: string): void {
    const own = this.open.get(caller) ?? 0;
    if (own >= MOST.each) {
      throw new ApiError(429, 'too_many_streams', `you have ${MOST.each} open streams; close some`);
    }
    if (this.openInAll >= MOST.all) {
      throw new ApiError(503, 'overloaded', `${MOST.all} streams are open; try again later`);
    }
    this.open.set(caller, own + 1);
    this.openInAll++;
  }

  private leave(caller: string): void {
    this.openInAll--;
    const left = this.open.get(caller)! - 1;
    if (left > 0) this.open.set(caller, left);
    else this.open.delete(caller);
  }

  /**
   * Yields an event whenever the thing watched has changed, until it is over or the service closes.
   *
   * @param id the identifier in the queue's `changed` events
   */
  async *follow(queue: JobQueue, id: string, read: Read): AsyncGenerator<Buffer> {
    const entry = this.watched.get(id) ?? {
      shared: sharedRead(this.name, read, this.closing),
      watchers: 0,
    };
    this.watched.set(id, entry);
    entry.watchers++;
    try {
      yield* this.events(queue, id, entry.shared);
    } finally {
      if (--entry.watchers === 0) this.watched.delete(id);
    }
  }

  private async *events(queue: JobQueue, id: string, shared: SharedRead<Told>): AsyncGenerator<Buffer> {
    let told: Buffer | undefined;
    let toldAt = performance.now();
    // A later watcher starts with the latest event of the others.
    for (let now = shared.latest ?? (await shared.read()); now; now = await shared.read()) {
      const { event, isOver } = now;
      if (event !== told || performance.now() - toldAt >= ALIVE_EVERY_MS) {
        yield event === told ? STILL_HERE : event;
        told = event;
        toldAt = performance.now();
      }
      if (isOver) return;
      await changeOf(queue, id, this.closing);
      if (this.closing.aborted) return;
    }
  }
}

/**
 * Reads for all watchers; without a change the event stays the same. While the store does not answer, nothing is assumed
 * to have changed, so streams survive an outage.
 */
function sharedRead(name: string, read: Read, closing: AbortSignal): SharedRead<Told> {
  let last: Told;
  const told = async (): Promise<Told> => {
    const now = await read();
    if (!now) return undefined;
    const event = Buffer.from(`event: ${name}\ndata: ${JSON.stringify(now.answer)}\n\n`);
    last = { event: last?.event.equals(event) ? last.event : event, isOver: now.isOver };
    return last;
  };
  const orAsBefore = (error: unknown) => {
    if (last && isStoreAway(error)) return last;
    throw error;
  };
  return new SharedRead<Told>(() => told().catch(orAsBefore), closing);
}

/**
 * Resolves when this process changes the thing, when the service closes, or after a while. It uses its own timer because
 * Node garbage-collects an `AbortSignal.timeout` that only an `AbortSignal.any` refers to.
 */
function changeOf(queue: JobQueue, id: string, closing: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      queue.off('changed', onChanged);
      closing.removeEventListener('abort', end);
      resolve();
    };
    const onChanged = (changed: string) => changed === id && end();
    const timer = setTimeout(end, LOOK_EVERY_MS);
    queue.on('changed', onChanged);
    closing.addEventListener('abort', end);
    if (closing.aborted) end();
  });
}
