import {
  fetchMeasured,
  fetchOverview,
  fetchPredictors,
  fetchVersions,
  type MeasuredDevice,
  type PredictorSummary,
  promoteVersion,
  rollBack,
  train,
} from '../api/devices.js';
import { button, card, el, facts, labelled, table } from '../dom.js';
import { formatFigure, formatShare, when } from '../format.js';
import { JobStarter } from '../parts/job-starter.js';
import { MeasurementsCard } from '../parts/measurements-card.js';
import { PredictorsCard } from '../parts/predictors-card.js';
import { ProductionCard } from '../parts/production-card.js';
import { trustCard } from '../parts/trust-card.js';
import { UploadForm } from '../parts/upload-form.js';
import { VERSION_COLUMNS, versionRows } from '../parts/versions.js';
import { addressOf, goTo, metricSettings } from '../router.js';
import type { View } from '../view.js';

/** Most networks in the plot. */
const MOST_SHOWN = 5000;
/** With fewer measurements a device is better learned with the help of others. */
const FEW = 100;
/** Least measurements that another device needs to serve as a source. */
const LEAST_OF_SOURCE = 10;

/** One device: its measurements against its model's predictions, the versions of its model, and training a new one. */
export const deviceView: View = async ({ parts: [, id], settings }, left) => {
  const [all, { measured, store }] = await Promise.all([fetchPredictors(), fetchOverview()]);
  const predictors = all.filter((each) => each.device === id);
  const board = measured.find((each) => each.id === id);
  const metrics = metricsOf(predictors, board);
  const metric = metrics.find(({ name }) => name === settings.get('metric')) ?? metrics[0];
  const served = predictors.find(({ metricName }) => metricName === metric?.name);
  if (predictors.length === 0 && !board) {
    const others = el('a', { href: addressOf(['devices']) }, 'All devices');
    const unknown = card(
      'Unknown device',
      { className: 'wide' },
      el('p', {}, 'There is no device with this name. ', others),
    );
    return { title: id, content: [unknown] };
  }
  const page = board && new BoardPage(board, metric, measured, left);
  await page?.refresh();
  page?.followRunning();
  return {
    title: id,
    intro: [predictors[0]?.description, board?.description].find((about) => about && about !== id),
    content: [
      aboutCard(id, metrics, metric, served, board),
      ...(served ? await trustCard(served, left) : []),
      ...(page ? page.content : store === 'off' ? [] : [unmeasured(id, predictors[0].space)]),
    ],
  };
};

/** A metric that is measured or predicted. */
interface ShownMetric {
  /** As requests name it. */
  readonly name: string;
  readonly unit: string;
}

/** The metrics predicted or measured for a device, each once; only latency for an unknown device. */
function metricsOf(
  predictors: readonly PredictorSummary[],
  board: MeasuredDevice | undefined,
): ShownMetric[] {
  const units = new Map(predictors.map(({ metricName, metric }) => [metricName, metric.unit]));
  for (const { metric, unit } of board?.metrics ?? []) units.set(metric, unit);
  if (units.size === 0) units.set('latency', 'ms');
  return [...units].map(([name, unit]) => ({ name, unit }));
}

/** The page's parts for a device with measurements in this service. */
class BoardPage {
  private readonly measurements: MeasurementsCard;
  private readonly production: ProductionCard;
  private readonly predictors: PredictorsCard;
  private readonly versions = table(VERSION_COLUMNS, [], 'Versions of its model, the latest first', 'bare');
  private readonly versionsCard: HTMLElement;
  private readonly rollBackButton = button('Roll back', () => this.change(rollBack), {
    id: 'rollback',
    className: 'quiet',
    hidden: true,
  });
  private readonly training: JobStarter;
  private readonly id: string;
  private readonly metric: string;
  private readonly predictor = el(
    'select',
    { id: 'predictor' },
    new Option('its measurements only', 'gcn'),
    new Option('the other devices as well', 'transfer'),
  );

  constructor(
    { id, space, metrics }: MeasuredDevice,
    metric: ShownMetric,
    all: readonly MeasuredDevice[],
    left: AbortSignal,
  ) {
    this.id = id;
    this.metric = metric.name;
    const countOf = (of: MeasuredDevice['metrics']) =>
      of.find((each) => each.metric === metric.name)?.measurements ?? 0;
    const others = all.some((d) => d.id !== id && d.space === space && countOf(d.metrics) >= LEAST_OF_SOURCE);
    this.predictor.value = others && countOf(metrics) < FEW ? 'transfer' : 'gcn';
    const learnedFrom = labelled('Learned from', this.predictor);
    learnedFrom.hidden = !others;
    this.measurements = new MeasurementsCard(id, metric, left, () => this.refresh());
    this.production = new ProductionCard(id, metric.name, left);
    this.predictors = new PredictorsCard(id, metric.name, left);
    this.versions.body.id = 'version-rows';
    this.training = new JobStarter(
      {
        name: 'training',
        kind: 'train',
        device: id,
        button: { text: 'Train a new version' },
        start: () => train(id, metric.name, this.predictor.value),
        refresh: () => this.refreshVersions(),
      },
      left,
    );
    this.versionsCard = card(
      'Versions of its model',
      { id: 'versions', className: 'wide' },
      this.versions.element,
      learnedFrom,
      el('div', { className: 'buttons' }, this.training.button, this.rollBackButton),
      this.training.element,
    );
  }

  get content(): Node[] {
    return [this.measurements.element, this.versionsCard, this.production.element, this.predictors.element];
  }

  async refresh(): Promise<void> {
    await this.refreshVersions();
    await this.production.refresh();
    await this.predictors.refresh();
  }

  /** Shows jobs that are already active. */
  followRunning(): void {
    void this.training.followRunning();
    void this.predictors.followRunning();
  }

  private async refreshVersions(): Promise<void> {
    const { versions, previous } = await fetchVersions(this.id, this.metric);
    const origin = versions.find(({ serving }) => serving)?.origin;
    const measured = await fetchMeasured(this.id, this.metric, MOST_SHOWN, origin !== undefined);
    this.measurements.show(measured);
    this.rollBackButton.hidden = origin !== 'trained';
    this.rollBackButton.disabled = previous === null;
    this.rollBackButton.title = previous === null ? 'nothing served before' : `to version ${previous}`;
    const promote = (version: string) =>
      this.change((device, metric) => promoteVersion(device, metric, version));
    this.versions.body.replaceChildren(...versionRows(versions, promote));
    this.versions.element.hidden = versions.length === 0;
  }

  private async change(change: (device: string, metric: string) => Promise<unknown>): Promise<void> {
    await this.training.try(async () => {
      await change(this.id, this.metric);
      await this.refreshVersions();
    });
  }
}

function aboutCard(
  id: string,
  metrics: readonly ShownMetric[],
  chosen: ShownMetric,
  served: PredictorSummary | undefined,
  board: MeasuredDevice | undefined,
): HTMLElement {
  const choice = el(
    'select',
    { id: 'metric', onchange: () => goTo(['devices', id], metricSettings(choice.value)) },
    ...metrics.map(({ name, unit }) => new Option(`${name}, ${unit}`, name)),
  );
  choice.value = chosen.name;
  const ofMetric = labelled('Metric', choice);
  ofMetric.hidden = metrics.length < 2;
  const test = served?.scores.test;
  const measured = board?.metrics.find(({ metric }) => metric === chosen.name);
  const values = {
    Space: served?.space ?? board?.space,
    'Batch size': served && (served.batchSize === null ? 'unknown' : String(served.batchSize)),
    Precision: served && (served.precision ?? 'unknown'),
    'In its data':
      served &&
      `${served.metric.name} from ${formatFigure(served.percentiles[0])} to ${formatFigure(served.percentiles.at(-1)!)} ${chosen.unit}`,
    'Within ±10 %':
      test && `${formatShare(test.within10)} of ${test.samples.toLocaleString('en')} test networks`,
    Spearman: test?.spearman.toFixed(4),
    '90 % intervals':
      test?.coverage90 === undefined
        ? undefined
        : `cover ${formatShare(test.coverage90)} of the test networks`,
    Model: served ? `${served.predictor}, version ${served.version}` : 'none yet',
    'Measurements here': board && (measured?.measurements ?? 0).toLocaleString('en'),
    'Last upload': board?.lastUploadAt ? when(board.lastUploadAt) : undefined,
    Data: served && `${served.source} (licence ${served.licence})`,
  };
  const ask = el(
    'a',
    { href: addressOf(['predict'], { device: id, ...metricSettings(chosen.name) }) },
    'Predict a network on it',
  );
  return card(
    'About',
    { id: 'about' },
    ofMetric,
    facts(values),
    served && el('p', { className: 'hint' }, ask),
  );
}

function unmeasured(id: string, space: string): HTMLElement {
  // Rebuild the page with the new measurements.
  const onKept = async () => goTo(['devices', id], { measured: 'here' });
  return card(
    'Measurements',
    { id: 'measured' },
    el(
      'p',
      { id: 'how-to-measure' },
      'Nothing has been measured here yet. This service keeps measurements of this device that are sent to it, and ' +
        'its model learns from them. Send them from a file, or by ',
      el('a', { href: '/docs' }, 'POST /v1/devices/{id}/measurements'),
      '.',
    ),
    new UploadForm(() => ({ device: id, space }), onKept).element,
  );
}
