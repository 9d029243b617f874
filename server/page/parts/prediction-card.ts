import type { Prediction, PredictorSummary } from '../api/devices.js';
import { drawDistribution } from '../charts/distribution.js';
import { card, el, facts, fitted, labelled } from '../dom.js';
import { betterThan, formatFigure, formatShare, shareWorse } from '../format.js';
import { addressOf, metricSettings } from '../router.js';

/** The choices on the card. */
export interface PredictionChoices {
  readonly onDevice: (predictor: PredictorSummary) => void;
  readonly onMetric: (metric: string) => void;
}

/** A network's predicted value on a device, with its interval, its rank among others and facts about the predictor. */
export class PredictionCard {
  readonly element: HTMLElement;
  private readonly device: HTMLSelectElement;
  private readonly metric: HTMLSelectElement;
  private readonly value = el('p', { id: 'latency', attributes: { role: 'status' } });
  private readonly interval = el('p', { id: 'interval' });
  private readonly rank = el('p', { id: 'rank' });
  private readonly figure = el('figure', { id: 'distribution' });
  private readonly about = el('div', { id: 'facts' });
  private readonly more = el('p', { className: 'hint' });
  private predicted: number | undefined;

  /** @param predictors of all metrics */
  constructor(
    private readonly predictors: readonly PredictorSummary[],
    private shown: PredictorSummary,
    { onDevice, onMetric }: PredictionChoices,
    left: AbortSignal,
  ) {
    const metrics = new Map(predictors.map(({ metricName, metric }) => [metricName, metric]));
    this.metric = el(
      'select',
      { id: 'metric', onchange: () => onMetric(this.metric.value) },
      ...[...metrics].map(([name, { name: text, unit }]) => new Option(`${text}, ${unit}`, name)),
    );
    const chosen = () =>
      predictors.find((p) => p.device === this.device.value && p.metricName === this.metric.value)!;
    this.device = el('select', { id: 'device', onchange: () => onDevice(chosen()) });
    const ofMetric = labelled('Metric', this.metric);
    ofMetric.hidden = metrics.size < 2;
    this.element = card(
      'Prediction',
      { id: 'result' },
      ofMetric,
      labelled('Device', this.device),
      this.value,
      this.interval,
      this.rank,
      this.figure,
      this.about,
      this.more,
    );
    fitted(this.figure, (width) => this.distribution(width), left);
  }

  show(predictor: PredictorSummary): void {
    const { metricName, device } = predictor;
    if (this.device.options.length === 0 || metricName !== this.shown.metricName) {
      this.device.replaceChildren(...groups(this.predictors.filter((p) => p.metricName === metricName)));
    }
    this.shown = predictor;
    this.metric.value = metricName;
    this.device.value = device;
    this.about.replaceChildren(facts(factsOf(predictor)));
    const href = addressOf(['devices', device], metricSettings(metricName));
    const link = el('a', { href }, 'Measurements and model versions');
    this.more.replaceChildren(link);
  }

  showAnswer({ value, interval }: Prediction): void {
    const { metric, percentiles } = this.shown;
    this.predicted = value;
    this.value.replaceChildren(
      el('strong', {}, value === undefined ? '–' : formatFigure(value)),
      ` ${metric.unit}`,
    );
    this.interval.textContent = interval
      ? `${Math.round(100 * interval.level)} % of measurements lie between ${formatFigure(interval.low!)} and ` +
        `${formatFigure(interval.high!)} ${metric.unit}` +
        (interval.unfamiliar ? '; unlike the networks that were measured' : '')
      : '';
    this.rank.textContent =
      value === undefined
        ? ''
        : `${betterThan(metric).toLowerCase()} ${formatShare(shareWorse({ metric, percentiles }, value))} of the networks in its data`;
    this.figure.replaceChildren(this.distribution(Math.max(240, this.figure.clientWidth)));
  }

  private distribution(width: number): Element {
    return drawDistribution(this.shown.metric, this.shown.percentiles, this.predicted, width);
  }
}

function groups(predictors: readonly PredictorSummary[]): HTMLElement[] {
  return [...Map.groupBy(predictors, ({ space }) => space)].map(([label, members]) => {
    const options = members.map(
      ({ device, description }) => new Option(`${device} · ${description}`, device),
    );
    return el('optgroup', { label }, ...options);
  });
}

function factsOf(predictor: PredictorSummary): Record<string, string> {
  const { scores, batchSize, precision, version, source, licence, deadOperations } = predictor;
  const { test } = scores;
  return {
    Device: predictor.description,
    'Batch size': batchSize === null ? 'unknown' : String(batchSize),
    Precision: precision ?? 'unknown',
    Accuracy: test
      ? `within ±10 % for ${formatShare(test.within10)} of ${test.samples.toLocaleString('en')} test networks`
      : 'not tested',
    Model: `${predictor.predictor}, version ${version}`,
    'Dead operations': deadOperations === 'timed' ? 'run, as when measured' : 'removed before the run',
    Data: `${source} (${licence})`,
  };
}
