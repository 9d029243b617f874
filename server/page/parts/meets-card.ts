import { askProbabilityWithin, fetchMeets, type PredictorSummary } from '../api/devices.js';
import { save } from '../api/request.js';
import { button, card, el, figureCell, labelled, problemLine, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';
import { addressOf, metricSettings } from '../router.js';
import { InputSlider } from './input-slider.js';

/** Networks shown; the file has all that meet the limit. */
const MOST_SHOWN = 100;
/** Networks per request. */
const PAGE = 10_000;

/** How probable it is that the network shown meets a limit, and which other networks meet it. */
export class MeetsCard {
  readonly element: HTMLElement;
  private limit: InputSlider | undefined;
  private readonly place = el('div', {});
  private readonly chance = el('p', { id: 'within-limit', attributes: { role: 'status' } });
  private readonly probability = el('input', {
    type: 'number',
    min: '50',
    max: '97.5',
    step: '0.5',
    value: '90',
  });
  private readonly given = el('textarea', {
    rows: 2,
    spellcheck: false,
    placeholder: 'all of its space',
    attributes: { autocomplete: 'off' },
  });
  private readonly wrong = problemLine('meets-problem');
  private readonly told = el('p', { className: 'hint', id: 'meets-told', attributes: { role: 'status' } });
  private readonly found = el('div', {});
  private readonly find = button('Which networks meet it', () => this.wrong.during(() => this.search()), {
    id: 'find-meets',
  });
  private readonly keep = button('Download as CSV', () => this.wrong.during(() => this.download()), {
    id: 'save-meets',
    className: 'quiet',
    hidden: true,
  });
  private predictor: PredictorSummary | undefined;
  private architecture = '';
  private asking = new AbortController();

  constructor(private readonly left: AbortSignal) {
    this.element = card(
      'Will it meet a limit?',
      { id: 'meets', className: 'wide' },
      this.place,
      this.chance,
      el(
        'div',
        { className: 'fields' },
        labelled('With a probability of at least, %', this.probability),
        labelled('Among these networks, one per line', this.given),
      ),
      this.wrong.element,
      el('div', { className: 'buttons' }, this.find, this.keep),
      this.told,
      this.found,
    );
  }

  /** Shows the probability for a network; hidden for a predictor without intervals. */
  show(predictor: PredictorSummary, architecture: string): void {
    this.architecture = architecture;
    if (predictor !== this.predictor) this.open(predictor);
    void this.ask();
  }

  private open(predictor: PredictorSummary): void {
    this.predictor = predictor;
    const { percentiles, metric } = predictor;
    const [low, middle, high] = [percentiles[0], percentiles[50], percentiles.at(-1)!];
    const range = { name: `Limit of ${metric.name}`, unit: metric.unit, low, high, log: low > 0 };
    this.limit = new InputSlider(range, () => void this.ask());
    this.limit.value = middle;
    this.place.replaceChildren(this.limit.element);
    this.forget();
  }

  private async ask(): Promise<void> {
    this.asking.abort();
    this.asking = new AbortController();
    const { predictor, limit } = this;
    if (!predictor || !limit) return;
    const signal = AbortSignal.any([this.asking.signal, this.left]);
    try {
      const chance = await askProbabilityWithin(predictor, this.architecture, limit.value, signal);
      const { unit, better } = predictor.metric;
      const within = `${better === 'less' ? 'at most' : 'at least'} ${formatFigure(limit.value)} ${unit}`;
      this.chance.textContent =
        chance === undefined
          ? ''
          : `A measurement of this network is ${within} with a probability of ${formatShare(chance)}.`;
    } catch {
      // Errors of the network or the predictor are shown elsewhere.
      if (!signal.aborted) this.chance.textContent = '';
    }
  }

  private body(from: number, count: number) {
    const { device, metricName: metric } = this.predictor!;
    const lines = this.given.value.split('\n').map((line) => line.trim());
    const architectures = lines.filter((line) => line !== '');
    return {
      device,
      metric,
      limit: this.limit!.value,
      minProbability: this.probability.valueAsNumber / 100,
      ...(architectures.length > 0 && { architectures }),
      from,
      count,
    };
  }

  private forget(): void {
    this.found.replaceChildren();
    this.told.textContent = '';
    this.keep.hidden = true;
  }

  private async search(): Promise<void> {
    this.forget();
    this.find.disabled = true;
    const { metric, metricName, device } = this.predictor!;
    try {
      const { meets, count, lookedAt, unreadable, isSample } = await fetchMeets(this.body(0, MOST_SHOWN));
      const many = (number: number) => number.toLocaleString('en');
      const of = isSample ? `${many(lookedAt)} drawn from its space` : many(lookedAt);
      const left = unreadable > 0 ? `; ${many(unreadable)} cannot be read` : '';
      const shown = count > meets.length ? `; the first ${many(meets.length)}:` : '.';
      this.told.textContent = `${many(count)} of ${of} meet it${left}${shown}`;
      this.keep.hidden = count === 0;
      if (count === 0) return;
      const rows = meets.map(({ architecture, value, withinLimit }) => {
        const href = addressOf(['predict'], { device, ...metricSettings(metricName), arch: architecture });
        return el(
          'tr',
          {},
          el('th', { scope: 'row' }, el('a', { href }, architecture)),
          figureCell(formatFigure(value)),
          figureCell(formatShare(withinLimit)),
        );
      });
      const columns = [
        { title: 'Network' },
        { title: `${metric.name}, ${metric.unit}`, number: true },
        { title: 'Probability', number: true },
      ];
      const { element, body } = table(columns, rows, 'Networks that meet the limit', 'long');
      body.id = 'meets-rows';
      this.found.replaceChildren(element);
    } finally {
      this.find.disabled = false;
    }
  }

  /** All that meet the limit, page by page. */
  private async download(): Promise<void> {
    const { device, metric } = this.predictor!;
    const lines = [`arch,${metric.name}_${metric.unit},probability`];
    for (let from: number | null = 0; from !== null; ) {
      const { meets, next } = await fetchMeets(this.body(from, PAGE));
      for (const { architecture, value, withinLimit } of meets) {
        lines.push(`${quoted(architecture)},${value},${withinLimit}`);
      }
      from = next;
    }
    save(new Blob([`${lines.join('\n')}\n`], { type: 'text/csv' }), `${device}-within-limit.csv`);
  }
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
