import { fetchJobs, isActive, type JobAnswer } from '../api/jobs.js';
import { button, el, problemLine, reasonOf } from '../dom.js';
import { JobLine } from './job-line.js';

export interface JobStarterOptions {
  /** Prefix for the identifiers of the parts that show the job. */
  readonly name: string;
  readonly kind: JobAnswer['kind'];
  readonly device: string;
  /** The button has the identifier `<name>-start`. */
  readonly button: { readonly text: string; readonly className?: string };
  readonly start: () => Promise<{ readonly id: string }>;
  /** Shows what has changed when a job is over. */
  readonly refresh: () => Promise<void>;
}

/** A button that starts a kind of job on a device, with the job's progress and errors. */
export class JobStarter {
  readonly button: HTMLButtonElement;
  /** The job's progress. */
  readonly element: HTMLElement;
  private readonly line: JobLine;
  private readonly wrong: ReturnType<typeof problemLine>;

  constructor(
    private readonly options: JobStarterOptions,
    private readonly left: AbortSignal,
  ) {
    const { name, button: look } = options;
    this.button = button(look.text, () => this.try(() => this.start()), {
      id: `${name}-start`,
      className: look.className,
    });
    this.line = new JobLine(name, left, (active) => {
      this.button.hidden = active;
    });
    this.wrong = problemLine(`${name}-problem`);
    this.element = el('div', {}, this.line.element, this.wrong.element);
  }

  /** Shows a job that is already active. */
  async followRunning(): Promise<void> {
    const { kind, device } = this.options;
    await this.try(async () => {
      const running = (await fetchJobs(100, device)).find((job) => job.kind === kind && isActive(job));
      if (running) await this.follow(running.id);
    });
  }

  /** Runs an action and shows its error, if any. */
  async try(action: () => Promise<unknown>): Promise<void> {
    this.wrong.show(undefined);
    try {
      await action();
    } catch (error) {
      if (!this.left.aborted) this.wrong.show(reasonOf(error as Error));
    }
  }

  private async start(): Promise<void> {
    this.button.hidden = true;
    const { id } = await this.options.start().finally(() => {
      this.button.hidden = false;
    });
    await this.follow(id);
  }

  private async follow(id: string): Promise<void> {
    await this.line.follow(id);
    if (!this.left.aborted) await this.options.refresh();
  }
}
