import { isActive } from '../api/jobs.js';
import {
  cancelSearch,
  describedSearch,
  extendSearch,
  fetchSearch,
  followSearch,
  type SearchAnswer,
} from '../api/searches.js';
import { drawCurves, REWARD } from '../charts/search-curve.js';
import { drawScatter, type PointCost } from '../charts/search-scatter.js';
import {
  architectureText,
  button,
  card,
  el,
  facts,
  figureCell,
  labelled,
  problemLine,
  reasonOf,
  table,
} from '../dom.js';
import { capitalized, formatFigure, when } from '../format.js';
import { parseCell } from '../parts/cell.js';
import { drawCell } from '../parts/cell-graph.js';
import { costCell, costTitle, TrialsCard } from '../parts/trials-card.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

const LIST = new Intl.ListFormat('en');

/** One search, live: its curve, its networks by accuracy and latency, and the best of them. */
export const searchView: View = async ({ parts: [, id] }, left) => {
  const page = new SearchPage(await fetchSearch(id), left);
  void page.follow();
  return { title: page.name ?? 'Search', intro: page.title, content: page.content };
};

class SearchPage {
  readonly name: string | undefined;
  readonly title: string;
  private readonly status = el('div', { id: 'search-status', attributes: { role: 'status' } });
  private readonly bar: HTMLProgressElement;
  private readonly cancel: HTMLButtonElement;
  private readonly budget = el('input', { type: 'number', step: '1', required: true });
  private readonly extension: HTMLElement;
  private readonly trials: TrialsCard;
  private readonly wrong = problemLine();
  private readonly curve = el('figure', { id: 'search-curve' });
  private readonly scatters: readonly { cost: PointCost; figure: HTMLElement }[];
  private readonly best = el('div', { id: 'search-best', className: 'pair' });
  private readonly front: ReturnType<typeof table>;
  private readonly frontCard: HTMLElement;
  /** Cards shown once a network has been trained. */
  private readonly results: readonly HTMLElement[];

  constructor(
    private found: SearchAnswer,
    private readonly left: AbortSignal,
  ) {
    this.name = found.request.name;
    this.title = describedSearch(found.request);
    const { codesign } = found.request;
    this.bar = el('progress', { ariaLabel: codesign ? 'Pairs tried' : 'Networks trained' });
    this.cancel = button('Cancel', () => void this.end(), { id: 'cancel', className: 'quiet' });
    this.extension = el(
      'form',
      {
        id: 'extend',
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          void this.extend();
        },
      },
      el(
        'div',
        { className: 'fields' },
        labelled(codesign ? 'Pairs to try in total' : 'Networks to train in total', this.budget),
      ),
      el('div', { className: 'buttons' }, el('button', { type: 'submit' }, 'Train more')),
    );
    this.scatters = costsOf(found.request).map((cost) => ({ cost, figure: el('figure', {}) }));
    this.front = table(
      [
        { title: codesign ? 'Pair' : 'Network' },
        { title: 'Accuracy, %', number: true },
        ...this.scatters.map(({ cost }) => ({ title: costTitle(cost), number: true })),
      ],
      [],
      `${codesign ? 'Pairs' : 'Networks'} that no other beats in ${LIST.format(['accuracy', ...this.scatters.map(({ cost }) => cost.name)])}`,
      'long',
    );
    this.trials = new TrialsCard(found.id, costsOf(found.request), codesign !== undefined);
    this.frontCard = card('Best trade-offs', { className: 'wide' }, this.front.element);
    this.results = [
      card(codesign ? 'Best reward so far' : 'Best accuracy so far', {}, this.curve),
      ...this.scatters.map(({ cost, figure }) => card(`Accuracy and ${cost.name}`, {}, figure)),
      card(
        codesign ? 'Best pair' : 'Best network',
        { className: this.scatters.length % 2 === 0 ? 'wide' : '' },
        this.best,
      ),
      this.frontCard,
    ];
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.curve);
    left.addEventListener('abort', () => observer.disconnect());
    this.show(found);
  }

  get content(): Node[] {
    const { request } = this.found;
    return [
      card(
        'Status',
        {},
        this.status,
        this.bar,
        this.wrong.element,
        el('div', { className: 'buttons' }, this.cancel),
        this.extension,
      ),
      ...this.results,
      this.trials.element,
      ...(request.evaluator.kind === 'ask-tell' ? [howToWork(this.found.id)] : []),
    ];
  }

  async follow(): Promise<void> {
    try {
      if (!isActive(this.found)) return;
      for await (const changed of followSearch(this.found.id, this.left)) this.show(changed);
    } catch (error) {
      this.wrong.show(reasonOf(error as Error));
    }
  }

  private async extend(): Promise<void> {
    try {
      this.wrong.show(undefined);
      this.show(await extendSearch(this.found.id, this.budget.valueAsNumber));
      void this.follow();
    } catch (error) {
      this.wrong.show(reasonOf(error as Error));
    }
  }

  private async end(): Promise<void> {
    try {
      this.show(await cancelSearch(this.found.id));
    } catch (error) {
      this.wrong.show(reasonOf(error as Error));
    }
  }

  private show(found: SearchAnswer): void {
    this.found = found;
    const { state, request, trained, known, failed, pending, candidates, optimum, best, error, createdAt } =
      found;
    this.status.replaceChildren(
      facts({
        State: el('span', { className: `state ${state}` }, state),
        Trained: `${trained} of ${request.budget}${failed > 0 ? `, ${failed} failed` : ''}${isActive(found) && pending > 0 ? `, ${pending} proposed` : ''}`,
        'Known before': known > 0 ? `${known} from earlier searches` : undefined,
        Candidates: candidates?.toLocaleString('en') ?? (isActive(found) ? 'being counted' : undefined),
        'Best found': best ? bestLine(best) : '–',
        'Best candidate': optimum === null ? undefined : `${optimum.toFixed(2)} %`,
        'Resumed after': error === null || !isActive(found) ? undefined : error,
        Reason: error === null || isActive(found) ? undefined : error,
        Started: when(createdAt),
      }),
    );
    this.bar.value = (trained + failed) / request.budget;
    this.bar.hidden = this.cancel.hidden = !isActive(found);
    this.extension.hidden = isActive(found);
    this.budget.min = String(request.budget + 1);
    this.budget.max = '5000';
    this.budget.placeholder = `more than ${request.budget}`;
    this.trials.show(found.points);
    this.showBest();
    this.draw();
  }

  private showBest(): void {
    const { best, request, points, front } = this.found;
    if (best) {
      const [network, accelerator] = best.architecture.split('@');
      const link = el(
        'a',
        { href: addressOf(['predict'], { space: request.space, arch: network }) },
        architectureText(network),
      );
      const point = points.find(({ number }) => number === best.number);
      const costs = this.scatters.flatMap(({ cost: { name, unit, of } }) => {
        const cost = point && of(point);
        return cost == null ? [] : [[capitalized(name), `${formatFigure(cost)} ${unit}`]];
      });
      const cell = request.space === 'nasbench201' ? parseCell(network) : undefined;
      const about = facts({
        Network: link,
        Accelerator: accelerator,
        Reward: best.reward?.toFixed(4),
        Accuracy: `${best.accuracy.toFixed(2)} %`,
        ...Object.fromEntries(costs),
      });
      this.best.replaceChildren(about, ...(cell ? [drawCell(cell)] : []));
    }
    const rows = front
      .flatMap((number) => points.find((point) => point.number === number) ?? [])
      .sort((a, b) => b.accuracy! - a.accuracy!)
      .map((point) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, architectureText(point.architecture)),
          figureCell(point.accuracy!.toFixed(2)),
          ...this.scatters.map(({ cost }) => costCell(cost, point)),
        ),
      );
    this.front.body.replaceChildren(...rows);
  }

  private draw(): void {
    const { curve, points, request, optimum } = this.found;
    for (const result of this.results) result.hidden = curve.length === 0;
    this.frontCard.hidden = this.scatters.length === 0 || this.front.body.rows.length === 0;
    const widthOf = (figure: HTMLElement) => Math.max(240, figure.clientWidth);
    if (curve.length === 0 || !this.curve.isConnected) return;
    const curves = [{ name: request.strategy, points: curve }];
    this.curve.replaceChildren(
      drawCurves(curves, request.budget, optimum, widthOf(this.curve), request.codesign && REWARD),
    );
    for (const { cost, figure } of this.scatters)
      figure.replaceChildren(drawScatter(points, cost, widthOf(figure)));
  }
}

/** The costs against which networks or pairs are shown. */
function costsOf({ limits, codesign }: SearchAnswer['request']): PointCost[] {
  const latencyOn = (device: string, name: string, limit: number | null): PointCost => ({
    name,
    unit: 'ms',
    limit,
    of: ({ latencyMs }) => latencyMs[device],
  });
  if (!codesign) {
    return limits.map(({ device, maxMs, metric, unit = '', most = null, least }) => {
      if (metric === undefined) return latencyOn(device, `latency on ${device}`, maxMs);
      const name = `${metric.split(':')[0]} of ${device}`;
      // `least` is defined (or null) only for metrics of which more is better.
      const isGain = least !== undefined;
      const key = `${name} in ${unit}${isGain ? ' (more is better)' : ''}`;
      return { name, unit, isGain, limit: isGain ? least : most, of: ({ costs }) => costs?.[key] };
    });
  }
  const { maxMs = null, maxAreaMm2: limit = null } = codesign;
  return [
    latencyOn('codesign', 'latency on its accelerator', maxMs),
    { name: 'area of its accelerator', unit: 'mm²', limit, of: ({ areaMm2 }) => areaMm2 },
  ];
}

function bestLine({ accuracy, reward, number }: NonNullable<SearchAnswer['best']>): string {
  return reward === null
    ? `${accuracy.toFixed(2)} %, network ${number}`
    : `reward ${reward.toFixed(4)}, ${accuracy.toFixed(2)} %, pair ${number}`;
}

function howToWork(id: string): HTMLElement {
  const command = (path: string, body: string) =>
    `curl -s ${location.origin}/v1/searches/${id}/${path} -H 'content-type: application/json' -d '${body}'`;
  return card(
    'Workers',
    { className: 'wide' },
    el('p', {}, 'On each machine that trains, with your own command instead of the quoted one:'),
    el(
      'pre',
      {},
      `npx tempograph search-worker ${id} --server ${location.origin} --evaluator "python train.py {arch}"`,
    ),
    el('p', {}, 'Or from your own program: ask for networks, train them, and report their accuracies.'),
    el('pre', {}, command('ask', '{"worker": "me", "count": 1}')),
    el('pre', {}, command('tell', '{"worker": "me", "results": [{"number": 1, "accuracy": 71.2}]}')),
  );
}
