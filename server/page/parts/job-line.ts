import { cancelJob, followJob, isActive, type JobAnswer, jobText, shareDone } from '../api/jobs.js';
import { button, el, problemLine } from '../dom.js';

/** A job's progress as a line, live, with a button to cancel it. */
export class JobLine {
  readonly element: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private readonly text: HTMLElement;
  private readonly cancel: HTMLButtonElement;
  private readonly wrong = problemLine();
  private id = '';

  /**
   * @param name of the line, in the identifiers of its parts
   * @param onActive told whether the job goes on
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

/** How much of a job is done, on a bar; one that runs to and fro where the job does not say. */
export function showShare(bar: HTMLProgressElement, share: number | undefined): void {
  if (share === undefined) bar.removeAttribute('value');
  else bar.value = share;
}
