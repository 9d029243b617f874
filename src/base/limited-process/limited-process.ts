import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lowerPriority } from '../lower-priority.js';
import { readReply } from './answer-questions.js';
import { END_OF_TIME, type Limits } from './watched.js';
import { WorkNotDone } from './work-not-done.js';

/** A question may take this many times its processor time in wall-clock time, for machines with other work. */
const MOST_WAITING = 10;
/** Time in ms that a process may take to start on a busy machine. */
const START_MS = 60_000;

export interface LimitedProcessOptions extends Limits {
  /** Module that the process runs. It calls `answerQuestions`. */
  readonly module: URL;
  /** Whether the process has a lower priority than others. */
  readonly behind?: boolean;
}

/** The question being answered. */
interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A separate process that answers one question at a time, so that neither native code nor an endless loop can
 * block or crash the caller. It starts with the first question, and starts again after a question that
 * exceeded its limits or crashed it.
 */
export class LimitedProcess<Question, Answer> {
  private child: ChildProcess | undefined;
  private asked: Asked<Answer> | undefined;

  constructor(private readonly options: LimitedProcessOptions) {}

  /** Whether the process is running, and so still knows what it was told before. */
  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /**
   * Asks a question. The previous one must have been answered.
   *
   * @param question is copied as by `structuredClone`
   * @throws WorkNotDone if it exceeds a limit; Error if answering it fails or the process is closed meanwhile
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
        // If it cannot be sent, the process has ended, which its own event reports.
        child.send(question as object, () => {});
      });
    } finally {
      clearTimeout(timer);
      if (this.asked === asked) this.asked = undefined;
    }
  }

  /** Starts the process if it is not running, so that the first question need not wait for it. */
  start(): void {
    this.child ??= this.started();
  }

  /** Ends the process, whatever it is doing. The next question starts it again. */
  close(): void {
    this.stop(new Error('the process was closed'));
  }

  private started(): ChildProcess {
    const { module, cpuMs, memoryMb, behind } = this.options;
    const limits: Limits = { cpuMs, memoryMb };
    const { DATABASE_URL: _store, TEMPOGRAPH_ADMIN_KEY: _key, ...env } = process.env;
    const child = fork(fileURLToPath(module), [JSON.stringify(limits)], {
      // Not node's own options: some are for a main script only. A smaller heap is collected sooner.
      execArgv: [`--max-old-space-size=${memoryMb}`],
      env,
      // So that bytes and Maps arrive as such.
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
    // A process that waits for a question must not keep this one from ending.
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
