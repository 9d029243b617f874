import { Worker } from 'node:worker_threads';
import { answerOf, type ProcessReply } from './process-reply.js';

interface Waiting {
  readonly resolve: (reply: ProcessReply<unknown>) => void;
  readonly reject: (error: Error) => void;
}

/** Parses JSON bodies in a thread, one after the other. The thread starts with the first body. */
export class JsonThread {
  private worker: Worker | undefined;
  /** Requests sent to the thread, in order. */
  private readonly waiting: Waiting[] = [];

  /** @throws ApiError as `jsonIn` does; Error if the thread ends meanwhile */
  async read(body: Uint8Array): Promise<unknown> {
    // Only a whole buffer can be transferred.
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
      // Some of Node's options are valid only for a main script.
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
    worker.on('exit', () => ended(new Error('the thread that parses bodies has ended')));
    return worker;
  }
}
