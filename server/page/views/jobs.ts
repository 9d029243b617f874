import { fetchOverview } from '../api/devices.js';
import { fetchJobs, isActive } from '../api/jobs.js';
import { fetchSearches } from '../api/searches.js';
import { button, card, el, problemLine, reasonOf, table, timeCell } from '../dom.js';
import { capitalized, duration } from '../format.js';
import { showShare } from '../parts/job-line.js';
import { type Work, workOf } from '../parts/work.js';
import type { View } from '../view.js';

const MOST_SHOWN = 100;
/** How often the list is reloaded while something is active, and while nothing is, ms. */
const BUSY_MS = 1000;
const IDLE_MS = 5000;

const STATES = ['all', 'active', 'succeeded', 'failed', 'cancelled'] as const;
type Shown = (typeof STATES)[number];

/** Background work, its progress and results; failed work stays visible with the reason. */
export const jobsView: View = async (_route, left) => {
  const { store } = await fetchOverview();
  if (store !== 'ready') {
    const why =
      store === 'off'
        ? 'This service keeps no data, so it has no jobs.'
        : 'The store does not answer at the moment.';
    return { title: 'Jobs', content: [card('No jobs', { className: 'wide' }, el('p', {}, why))] };
  }
  const list = new JobList(left);
  await list.refresh();
  void list.keepFresh();
  return { title: 'Jobs', content: [list.element] };
};

class JobList {
  readonly element: HTMLElement;
  private readonly table = table(
    [
      { title: 'Job' },
      { title: 'State' },
      { title: 'Progress' },
      { title: 'Started' },
      { title: 'Duration', number: true },
      { title: '' },
    ],
    [],
    `The latest ${MOST_SHOWN} jobs; all jobs of a search share one row`,
  );
  private readonly none = el('p', {}, 'There are none.');
  private readonly wrong = problemLine();
  private found: Work[] = [];
  private shown: Shown = 'all';
  private told = '';

  constructor(private readonly left: AbortSignal) {
    this.table.body.id = 'job-rows';
    const choice = el(
      'select',
      {
        ariaLabel: 'Which jobs',
        onchange: () => {
          this.shown = choice.value as Shown;
          this.draw();
        },
      },
      ...STATES.map((state) => new Option(capitalized(state), state)),
    );
    this.element = card(
      'Background work',
      { className: 'wide' },
      el('div', { className: 'buttons' }, choice),
      this.wrong.element,
      this.none,
      this.table.element,
    );
  }

  async refresh(): Promise<void> {
    const [jobs, searches] = await Promise.all([fetchJobs(MOST_SHOWN), fetchSearches()]);
    this.found = workOf(jobs, searches);
    const now = JSON.stringify(this.found);
    // Unchanged rows keep the reader's focus.
    if (now !== this.told) this.draw();
    this.told = now;
  }

  async keepFresh(): Promise<void> {
    while (!this.left.aborted) {
      await new Promise((resolve) => setTimeout(resolve, this.found.some(isActive) ? BUSY_MS : IDLE_MS));
      if (this.left.aborted) return;
      if (document.hidden) continue;
      await this.refresh().then(
        () => this.wrong.show(undefined),
        (error: Error) => this.wrong.show(reasonOf(error)),
      );
    }
  }

  private draw(): void {
    const wanted = this.found.filter(
      (work) =>
        this.shown === 'all' || (this.shown === 'active' ? isActive(work) : work.state === this.shown),
    );
    const focused = (document.activeElement as HTMLElement | null)?.id;
    this.none.hidden = wanted.length > 0;
    this.table.element.hidden = wanted.length === 0;
    this.table.body.replaceChildren(...wanted.map((work) => this.row(work)));
    if (focused?.startsWith('cancel-')) document.getElementById(focused)?.focus();
  }

  private row(work: Work): HTMLTableRowElement {
    const { id, kind, of, state, told, share, attempt, begunAt, finishedAt } = work;
    const bar = el('progress', { ariaLabel: 'Progress', hidden: !isActive(work) });
    showShare(bar, share);
    const tookMs = (finishedAt ? Date.parse(finishedAt) : Date.now()) - Date.parse(begunAt);
    const cancel = button('Cancel', () => this.cancel(work), {
      id: `cancel-${id}`,
      className: 'link',
      ariaLabel: `Cancel ${kind} ${of?.name ?? id}`,
    });
    const again = attempt > 1 ? `, attempt ${attempt}` : '';
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, `${kind} `, of && el('a', { href: of.href }, of.name)),
      el('td', {}, el('span', { className: `state ${state}` }, state), again),
      el('td', { className: 'told' }, bar, ' ', told),
      timeCell(begunAt),
      el('td', { className: 'number' }, state === 'queued' ? '–' : duration(tookMs)),
      el('td', {}, isActive(work) && cancel),
    );
  }

  private async cancel(work: Work): Promise<void> {
    try {
      await work.cancel();
      await this.refresh();
    } catch (error) {
      this.wrong.show(reasonOf(error as Error));
    }
  }
}
