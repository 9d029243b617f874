import type { PredictorSummary } from '../api/devices.js';
import type { SearchBody } from '../api/searches.js';
import { button, el, labelled } from '../dom.js';
import { limitInput } from './inputs.js';

type Limits = NonNullable<SearchBody['limits']>;

/** Any number of limits on metrics other than latency, each on a device with a predictor of the metric. */
export class MetricLimits {
  readonly element: HTMLElement;
  private readonly rows = el('div', {});
  private readonly add = button('Limit another metric', () => this.addRow(), {
    id: 'add-limit',
    className: 'quiet',
  });
  private offered: readonly PredictorSummary[] = [];

  constructor(private readonly predictors: readonly PredictorSummary[]) {
    this.element = el(
      'div',
      { id: 'metric-limits' },
      this.rows,
      el('div', { className: 'buttons' }, this.add),
    );
  }

  /** Offers the metrics that are predicted for networks of a space. */
  offer(space: string): void {
    this.offered = this.predictors.filter((each) => each.space === space && each.metricName !== 'latency');
    this.rows.replaceChildren();
    this.element.hidden = this.offered.length === 0;
  }

  /** The limits in the service's form; one without a number is an axis of the front. */
  get limits(): Limits {
    return [...this.rows.children].map((row) => {
      const { device, metricName, metric } = this.offered[Number(row.querySelector('select')!.value)];
      const { value, valueAsNumber } = row.querySelector('input')!;
      const bound = metric.better === 'less' ? { most: valueAsNumber } : { least: valueAsNumber };
      return { device, metric: metricName, ...(value === '' ? {} : bound) };
    });
  }

  private addRow(): void {
    const of = el(
      'select',
      {},
      ...this.offered.map(
        ({ device, metric }, i) => new Option(`${metric.name} of ${device}, ${metric.unit}`, String(i)),
      ),
    );
    const most = limitInput();
    const row = el(
      'div',
      { className: 'fields' },
      labelled('Metric', of),
      labelled('At most, in its unit (at least, if more is better)', most),
    );
    const remove = button('Remove this limit', () => row.remove(), { className: 'quiet' });
    row.append(el('div', { className: 'buttons' }, remove));
    this.rows.append(row);
    of.focus();
  }
}
