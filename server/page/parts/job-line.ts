import { cancelJob, followJob, isActive, type JobAnswer, jobText, shareDone } from '../api/jobs.js';
import { button, el, problemLine } from '../dom.js';

/** A line with a job's live progress and a button to cancel it. */
export class JobLine {
  readonly element: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly text: HTMLElement;
  private readonly cancel: HTMLButtonElement;
  private readonly wrong = problemLine();
  private id = '';

  /**
   * @param name prefix for the identifiers of its parts
   * @param onActive called with whether the job is still active
   */
  constructor(
    name: string,
    private readonly left: AbortSignal,
    private readonly onActive: (active: boolean) => void,
  ) {
    this.bar = el('progress', { id: `${name}-bar`, ariaLabel: 'Progress' });
    this.text = el('span', { id: `${name}-text` });
    const cancel = () => void this.wrong.during(() => cancelJob(this.id));
    this.cancel = button('Cancel', cancel, { id: `${name}-cancel`, className: 'quiet' });
    const status = el('span', { attributes: { role: 'status' } }, this.text);
    this.element = el(
      'div',
      { id: name, className: 'job', hidden: true },
      this.bar,
      status,
      this.cancel,
      this.wrong.element,
    );
  }

  /** Shows a job until it is over. */
  async follow(id: string): Promise<void> {
    this.id = id;
    for await (const job of followJob(id, this.left)) this.show(job);
  }

  private show(job: JobAnswer): void {
    const active = isActive(job);
    if (!active) this.wrong.show(undefined);
    this.onActive(active);
    this.element.hidden = false;
    this.bar.hidden = !active;
    this.cancel.hidden = !active;
    showShare(this.bar, shareDone(job));
    this.text.textContent = jobText(job);
  }
}

/** Shows the share of a job that is done on a bar; an indeterminate bar if it is unknown. */
export function showShare(bar: HTMLProgressElement, share: number | undefined): void {
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = share;
}
