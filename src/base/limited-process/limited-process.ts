import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lowerPriority } from '../lower-priority.js';
import { readReply } from './answer-questions.js';
import { END_OF_TIME, type Limits } from './watched.js';
import { WorkNotDone } from './work-not-done.js';

/** How much longer than its time of the processor a question may take, on a machine with other work. */
const MOST_WAITING = 10;
/** How long a process may take to start on such a machine, ms. */
const START_MS = 60_000;

export interface LimitedProcessOptions extends Limits {
  /** Of the process, which calls `answerQuestions`. */
  readonly module: URL;
  /** Whether others go before it where the processor is short. */
  readonly behind?: boolean;
}

/** The question that is being answered. */
interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A process of its own that answers one question at a time: neither native code nor an endless loop blocks or ends the one
 * that asks. It starts with the first question, and again after one that took too long or too much memory, or broke it.
 */
export class LimitedProcess<Question, Answer> {
  private child: ChildProcess | undefined;
  private asked: Asked<Answer> | undefined;

  constructor(private readonly options: LimitedProcessOptions) {}

  /** Whether it runs: what it was told before is known to it. */
  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /**
   * @param question is copied as `structuredClone` does; the one before must have been answered
   * @throws WorkNotDone if it takes too much; Error if answering fails, or it is closed meanwhile
   */
  async ask(question: Question): Promise<Answer> {
    this.start();
    const child = this.child!;
    const wallMs = START_MS + MOST_WAITING * this.options.cpuMs;
    const timer = setTimeout(() => this.stop(new WorkNotDone('slow')), wallMs);
    let asked: Asked<Answer> | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        asked = this.asked = { resolve, reject };
        // Where it cannot be sent the process has ended, which is told by itself.
        child.send(question as object, () => {});
      });
    } finally {
      clearTimeout(timer);
      if (this.asked === asked) this.asked = undefined;
    }
  }

  /** Starts the process, if it does not run, so that the first question need not wait for that. */
  start(): void {
    this.child ??= this.started();
  }

  /** Ends the process, whatever it is doing; the next question starts it again. */
  close(): void {
    this.stop(new Error('the process was closed'));
  }

  private started(): ChildProcess {
    const { module, cpuMs, memoryMb, behind } = this.options;
    const limits: Limits = { cpuMs, memoryMb };
    const { DATABASE_URL: _store, TEMPOGRAPH_ADMIN_KEY: _key, ...env } = process.env;
    const child = fork(fileURLToPath(module), [JSON.stringify(limits)], {
      // Some of node's own options are for a main script only. A heap that may be larger is cleared later.
      execArgv: [`--max-old-space-size=${memoryMb}`],
      env,
      // Bytes and Maps are sent as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const ended = (why: Error) => {
      if (child === this.child) this.stop(why);
    };
    child.on('message', (reply: Uint8Array) => {
      if (child === this.child) this.answered(reply);
    });
    child.on('error', ended);
    child.on('exit', (code, signal) => ended(reasonOf(code, signal)));
    // A process that waits for the next question keeps nobody from ending.
    child.unref();
    child.channel?.unref();
    if (behind && child.pid !== undefined) lowerPriority(child.pid);
    return child;
  }

  private answered(bytes: Uint8Array): void {
    try {
      const reply = readReply<Answer>(bytes);
      if ('answer' in reply) this.asked?.resolve(reply.answer);
      else this.asked?.reject(new Error(reply.failed));
    } catch (error) {
      this.asked?.reject(new Error('the answer of the process cannot be read', { cause: error }));
    }
  }

  private stop(why: Error): void {
    const { child } = this;
    this.child = undefined;
    child?.kill('SIGKILL');
    this.asked?.reject(why);
  }
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null): Error {
  if (signal === END_OF_TIME) return new WorkNotDone('slow');
  if (signal !== null) return new WorkNotDone('large');
  return new Error(`the process has ended with exit code ${code}`);
}
