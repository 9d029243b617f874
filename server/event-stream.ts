import { on } from 'node:events';
import type { JobQueue } from './jobs/queue.js';

/** How often a stream looks at what another server may change, ms. */
const LOOK_EVERY_MS = 1000;
/** How often a stream says something although nothing has changed, ms: proxies close silent connections. */
const ALIVE_EVERY_MS = 15_000;

/** What is watched: `id` is what the queue's `changed` names. */
export interface Watched {
  readonly name: string;
  readonly id: string;
  /** As it is now; undefined if it is gone. */
  read(): Promise<{ readonly answer: unknown; readonly isOver: boolean } | undefined>;
}

/** Server-sent events: one whenever what is watched has changed, until it is over or the service closes. */
export async function* eventStream(
  queue: JobQueue,
  { name, id, read }: Watched,
  closing: AbortSignal,
): AsyncGenerator<string> {
  let told = '';
  let toldAt = performance.now();
  while (!closing.aborted) {
    const now = await read();
    if (!now) return;
    const text = JSON.stringify(now.answer);
    if (text !== told || performance.now() - toldAt >= ALIVE_EVERY_MS) {
      yield text === told ? ': still here\n\n' : `event: ${name}\ndata: ${text}\n\n`;
      told = text;
      toldAt = performance.now();
    }
    if (now.isOver) return;
    await changeOf(queue, id, closing);
  }
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
