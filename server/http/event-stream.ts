import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JobQueue } from '../jobs/queue.js';
import { ApiError, isStoreAway } from './errors.js';
import { SharedRead } from './shared-read.js';

/** How often a stream looks at what another server may change, ms. */
const LOOK_EVERY_MS = 1000;
/** How often a stream says something although nothing has changed, ms: proxies close silent connections. */
const ALIVE_EVERY_MS = 15_000;

/** What is watched, as it is now; undefined if it no longer exists. */
export type Read = () => Promise<{ readonly answer: unknown; readonly isOver: boolean } | undefined>;

/** As it goes to those who watch: one event in memory, however many have not read it yet. */
type Told = { readonly event: Buffer; readonly isOver: boolean } | undefined;

/** Streams that may be open, and those of one caller. */
const MOST = { all: 1000, each: 100 };

const STILL_HERE = Buffer.from(': still here\n\n');

/** Server-sent events about things of one kind; those who watch the same one share the work of reading it. */
export class EventStreams {
  private readonly open = new Map<string, number>();
  private openInAll = 0;
  private readonly watched = new Map<string, { readonly shared: SharedRead<Told>; watchers: number }>();

  /**
   * @param name of the events
   * @param closing when the service does
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
   * Answers with the events of `follow`. The next one is made when the last has gone out.
   *
   * @param caller who watches
   * @throws ApiError 429 if the caller watches a hundred things, 503 if a thousand are watched
   */
  send(reply: FastifyReply, queue: JobQueue, id: string, read: Read, caller: string): FastifyReply {
    reply.type('text/event-stream').header('cache-control', 'no-cache');
    // Fastify answers HEAD by reading all that would be sent, and nobody would ever close that.
    if (reply.request.method === 'HEAD') return reply.send('');
    this.enter(caller);
    const events = Readable.from(this.follow(queue, id, read), { highWaterMark: 1 });
    events.once('close', () => this.leave(caller));
    return reply.send(events);
  }

  private enter(caller: string): void {
    const own = this.open.get(caller) ?? 0;
    if (own >= MOST.each) {
      throw new ApiError(429, 'too_many_streams', `${MOST.each} streams of yours are open; close some`);
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
   * An event whenever what is watched has changed, until it is over or the service closes.
   *
   * @param id what the queue's `changed` names
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
    // Who comes later begins with what the others see.
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
 * Reads for all who watch; what has not changed stays the same event. While the store does not answer nothing is known to
 * have changed, so that streams outlive that.
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
 * Resolves when this process changes it, when the service closes, else after a while: by a timer of its own, since the
 * garbage collector of Node takes an `AbortSignal.timeout` away that only `AbortSignal.any` refers to.
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
