import { deserialize, serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { cpuMs, IDLE, type Limits, type Watched } from './watched.js';

/** Reply of the process to a question. It travels as bytes, so that an error in decoding them can be caught. */
export type Reply<Answer> = { readonly answer: Answer } | { readonly failed: string };

export const readReply = <Answer>(bytes: Uint8Array): Reply<Answer> => deserialize(bytes);

/**
 * Runs inside the separate process: answers the questions of a `LimitedProcess` one after the other, and
 * exits when its parent does.
 */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Answer | Promise<Answer>,
): void {
  const limits = JSON.parse(process.argv[2]) as Limits;
  const begunAt = new Int32Array(new SharedArrayBuffer(4)).fill(IDLE);
  const workerData: Watched = { limits, begunAt };
  new Worker(new URL('./watchdog.js', import.meta.url), { workerData }).unref();
  // A terminal or service sends these to all its processes at once, but the parent may still have questions.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('message', async (question: Question) => {
    Atomics.store(begunAt, 0, cpuMs());
    const reply = await replyTo(question, answer);
    Atomics.store(begunAt, 0, IDLE);
    process.send?.(reply);
  });
  process.on('disconnect', () => process.exit());
  // The parent may have ended while the modules were loading.
  if (!process.connected) process.exit();
}

async function replyTo<Question, Answer>(
  question: Question,
  answer: (question: Question) => Answer | Promise<Answer>,
): Promise<Buffer> {
  try {
    return serialize({ answer: await answer(question) } satisfies Reply<Answer>);
  } catch (error) {
    const { stack, message } = error as Error;
    return serialize({ failed: stack ?? message ?? String(error) } satisfies Reply<Answer>);
  }
}
