import { on } from 'node:events';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JobQueue } from './jobs/queue.js';
import { SharedRead } from './shared-read.js';

/** How often a stream looks at what another server may change, ms. */
const LOOK_EVERY_MS = 1000;
/** How often a stream says something although nothing has changed, ms: proxies close silent connections. */
const ALIVE_EVERY_MS = 15_000;

/** What is watched, as it is now; undefined if it is gone. */
export type Read = () => Promise<{ readonly answer: unknown; readonly isOver: boolean } | undefined>;

/** As it goes to those who watch. */
type Told = { readonly text: string; readonly isOver: boolean } | undefined;

/** Server-sent events about things of one kind; those who watch the same one share the work of reading it. */
export class EventStreams {
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
    app.addHook('preClose', async () => closing.abort());
    return new EventStreams(name, closing.signal);
  }

  /** Answers with the events of `follow`. */
  send(reply: FastifyReply, queue: JobQueue, id: string, read: Read): FastifyReply {
    const events = Readable.from(this.follow(queue, id, read));
    return reply.type('text/event-stream').header('cache-control', 'no-cache').send(events);
  }

  /**
   * An event whenever what is watched has changed, until it is over or the service closes.
   *
   * @param id what the queue's `changed` names
   */
  async *follow(queue: JobQueue, id: string, read: Read): AsyncGenerator<string> {
    const entry = this.watched.get(id) ?? {
      shared: new SharedRead(() => tell(read), this.closing),
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

  private async *events(queue: JobQueue, id: string, shared: SharedRead<Told>): AsyncGenerator<string> {
    let told = '';
    let toldAt = performance.now();
    // Who comes later begins with what the others see.
    for (let now = shared.latest ?? (await shared.read()); now; now = await shared.read()) {
      const { text, isOver } = now;
      if (text !== told || performance.now() - toldAt >= ALIVE_EVERY_MS) {
        yield text === told ? ': still here\n\n' : `event: ${this.name}\ndata: ${text}\n\n`;
        told = text;
        toldAt = performance.now();
      }
      if (isOver) return;
      await changeOf(queue, id, this.closing);
      if (this.closing.aborted) return;
    }
  }
}

async function tell(read: Read): Promise<Told> {
  const now = await read();
  return now && { text: JSON.stringify(now.answer), isOver: now.isOver };
}

/** Resolves when this process changes it, else after a while. */
async function changeOf(queue: JobQueue, id: string, closing: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([closing, AbortSignal.timeout(LOOK_EVERY_MS)]);
  try {
    for await (const [changed] of on(queue, 'changed', { signal })) if (changed === id) return;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
