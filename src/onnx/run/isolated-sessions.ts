import { LimitedProcess } from '../../base/limited-process/limited-process.js';
import type { Limits } from '../../base/limited-process/watched.js';
import { WorkNotDone } from '../../base/limited-process/work-not-done.js';
import { BadModel, type ModelInputs, type ModelOutputs, type ModelSession } from './model-session.js';
import type { SessionAnswer, SessionQuestion } from './session-process.js';

/** Limits for all sessions together: a run of a few hundred architectures takes milliseconds, a predictor a few MiB. */
const LIMITS: Limits = { cpuMs: 5000, memoryMb: 256 };
/** The system may have ended the process because of memory that others use, so a second attempt may succeed. */
const ATTEMPTS = 2;

interface Opened {
  readonly onnx: Uint8Array;
  readonly threads: number;
}

/**
 * Runs models in a separate process, one run after the other. A slow model makes only other models wait, and
 * only up to its time limit. A model that uses up the memory or crashes onnxruntime ends only that process,
 * which is then restarted for the others.
 */
export class IsolatedSessions {
  private readonly process: LimitedProcess<SessionQuestion, SessionAnswer>;
  /** Models of the open sessions. A new process opens a session again when it is next used. */
  private readonly opened = new Map<number, Opened>();
  /** Sessions that are open in the current process. */
  private readonly known = new Set<number>();
  private turn: Promise<unknown> = Promise.resolve();
  private sessions = 0;

  constructor(limits: Limits = LIMITS) {
    const module = new URL('./session-process.js', import.meta.url);
    this.process = new LimitedProcess({ module, ...limits });
  }

  /**
   * @param threads used inside an operator
   * @throws BadModel if onnxruntime refuses the model, or it takes too much time or memory
   */
  async open(onnx: Uint8Array, threads: number): Promise<ModelSession> {
    const session = this.sessions++;
    this.opened.set(session, { onnx, threads });
    try {
      const answer = await this.inTurn(() => this.reopen(session));
      const { outputNames } = answer as Extract<SessionAnswer, { outputNames: unknown }>;
      return {
        outputNames,
        run: (inputs) => this.run(session, inputs),
        release: () => this.release(session),
      };
    } catch (error) {
      this.opened.delete(session);
      throw error;
    }
  }

  /** Ends the process, whatever it is doing. */
  close(): void {
    this.opened.clear();
    this.process.close();
  }

  private async run(session: number, inputs: ModelInputs): Promise<ModelOutputs> {
    const run = Object.entries(inputs).map(
      ([name, { data, dims }]) => [name, data as Float32Array, dims] as const,
    );
    const answer = await this.inTurn(async () => {
      if (!this.knows(session)) await this.reopen(session);
      return this.ask({ session, run });
    });
    return Object.fromEntries((answer as Extract<SessionAnswer, { outputs: unknown }>).outputs);
  }

  private async release(session: number): Promise<void> {
    this.opened.delete(session);
    await this.inTurn(async () => {
      if (this.knows(session)) await this.ask({ session, release: true });
      this.known.delete(session);
    });
  }

  private async reopen(session: number): Promise<SessionAnswer> {
    const { onnx, threads } = this.opened.get(session)!;
    const answer = await this.ask({ session, open: onnx, threads });
    this.known.add(session);
    return answer;
  }

  private knows(session: number): boolean {
    if (!this.process.isRunning) this.known.clear();
    return this.known.has(session);
  }

  private async ask(question: SessionQuestion): Promise<SessionAnswer> {
    const answer = await this.process.ask(question);
    if ('refused' in answer) throw new BadModel(answer.refused);
    return answer;
  }

  /** Runs some work after all earlier work, and once more if the process did not survive the first attempt. */
  private inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.turn.then(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof WorkNotDone)) throw error;
          if (attempt === ATTEMPTS) throw new BadModel(error.message);
        }
      }
    });
    this.turn = done.catch(() => {});
    return done;
  }
}
