import { download } from '../api/request.js';
import type { SearchAnswer } from '../api/searches.js';
import type { PointCost } from '../charts/search-scatter.js';
import { architectureText, button, card, el, figureCell, problemLine, table } from '../dom.js';
import { capitalized, formatFigure } from '../format.js';

/** Every network a search has proposed, including failed ones and those in training, as a table and as a file. */
export class TrialsCard {
  readonly element: HTMLElement;
  private readonly table: ReturnType<typeof table>;
  private readonly opened: HTMLDetailsElement;
  private shown: SearchAnswer['points'] = [];

  constructor(
    id: string,
    private readonly costs: readonly PointCost[],
    isOfPairs: boolean,
  ) {
    const columns = [
      { title: 'Number', number: true },
      { title: isOfPairs ? 'Pair' : 'Network' },
      { title: 'Accuracy, %', number: true },
      ...costs.map((cost) => ({ title: costTitle(cost), number: true })),
      { title: 'Chosen as' },
      { title: 'Trainer' },
      { title: 'Error' },
    ];
    this.table = table(columns, [], 'Everything proposed', 'long');
    // Thousands of rows are created only when the table is opened.
    this.opened = el(
      'details',
      { id: 'all-trials', ontoggle: () => this.fill() },
      el('summary', {}, 'Show as a table'),
      this.table.element,
    );
    const wrong = problemLine('trials-problem');
    const path = `/v1/searches/${encodeURIComponent(id)}?format=csv`;
    const save = button('Download as CSV', () => wrong.during(() => download(path, `search-${id}.csv`)), {
      id: 'save-trials',
      className: 'quiet',
    });
    this.element = card(
      isOfPairs ? 'All pairs' : 'All networks',
      { className: 'wide' },
      this.opened,
      el('div', { className: 'buttons' }, save),
      wrong.element,
    );
  }

  show(points: SearchAnswer['points']): void {
    this.shown = points;
    this.element.hidden = points.length === 0;
    this.fill();
  }

  private fill(): void {
    if (this.opened.open) this.table.body.replaceChildren(...this.shown.map((point) => this.rowOf(point)));
  }

  private rowOf(point: SearchAnswer['points'][number]): HTMLTableRowElement {
    const { number, architecture, accuracy, reason, worker, error } = point;
    return el(
      'tr',
      {},
      figureCell(String(number)),
      el('th', { scope: 'row' }, architectureText(architecture)),
      figureCell(accuracy?.toFixed(2) ?? '–'),
      ...this.costs.map((cost) => costCell(cost, point)),
      el('td', {}, reason),
      el('td', {}, worker ?? '–'),
      el('td', {}, error ?? ''),
    );
  }
}

/** The head of a column of costs: `Latency on pixel3, ms`. */
export const costTitle = ({ name, unit }: PointCost): string => `${capitalized(name)}, ${unit}`;

/** The cost of a network or pair, or a dash if it is unknown. */
export function costCell({ of }: PointCost, point: SearchAnswer['points'][number]): HTMLTableCellElement {
  const cost = of(point);
  return figureCell(cost == null ? '–' : formatFigure(cost));
}
