import { Worker } from 'node:worker_threads';
import { answerOf, type ProcessReply } from './process-reply.js';

interface Waiting {
  readonly resolve: (reply: ProcessReply<unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** Takes JSON bodies apart in a thread, one after the other. It begins with the first body. */
export class JsonThread {
  private worker: Worker | undefined;
  /** Those that were sent, in their order. */
  private readonly waiting: Waiting[] = [];

  /** @throws ApiError as `jsonIn`; Error if the thread ends meanwhile */
  async read(body: Uint8Array): Promise<unknown> {
    // Only what is a buffer's own can be handed over.
    const bytes = body.byteLength === body.buffer.byteLength ? body : body.slice();
    const reply = new Promise<ProcessReply<unknown>>((resolve, reject) => {
      this.worker ??= this.started();
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    });
    return answerOf(reply, 'the body');
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private started(): Worker {
    const worker = new Worker(new URL('./json-worker.js', import.meta.url), {
      // Some of node's own options are for a main script only.
      execArgv: [],
    });
    worker.unref();
    worker.on('message', (reply: ProcessReply<unknown>) => this.waiting.shift()?.resolve(reply));
    const ended = (error: Error) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      for (const { reject } of this.waiting.splice(0)) reject(error);
    };
    worker.on('error', ended);
    worker.on('messageerror', ended);
    worker.on('exit', () => ended(new Error('the thread that takes bodies apart has ended')));
    return worker;
  }
}
