import {
  type Device,
  fetchDevices,
  fetchMeasured,
  fetchOverview,
  fetchVersions,
  type MeasuredDevice,
  promoteVersion,
  rollBack,
  train,
} from '../api/devices.js';
import { button, card, el, facts, labelled, table } from '../dom.js';
import { formatMs, formatShare, when } from '../format.js';
import { JobStarter } from '../parts/job-starter.js';
import { MeasurementsCard } from '../parts/measurements-card.js';
import { PredictorsCard } from '../parts/predictors-card.js';
import { VERSION_COLUMNS, versionRows } from '../parts/versions.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

/** Networks in the plot. */
const MOST_SHOWN = 5000;
/** With fewer measurements a board is better learned from other devices too. */
const FEW = 100;
/** Measurements from which on another device can be learned from. */
const LEAST_OF_SOURCE = 10;

/** One device: what was measured on it, against what its model predicts; its model's versions; training another. */
export const device: View = async ({ parts: [, id] }, left) => {
  const [devices, { measured, store }] = await Promise.all([fetchDevices(), fetchOverview()]);
  const served = devices.find((each) => each.id === id);
  const board = measured.find((each) => each.id === id);
  if (!served && !board) {
    const all = el('a', { href: addressOf(['devices']) }, 'All devices');
    const unknown = card(
      'Not known',
      { className: 'wide' },
      el('p', {}, 'There is no device of this name. ', all),
    );
    return { title: id, content: [unknown] };
  }
  const page = board && new BoardPage(board, measured, left);
  await page?.refresh();
  page?.followRunning();
  return {
    title: id,
    intro: served?.description ?? board?.description,
    content: [aboutCard(id, served, board), ...(page ? page.content : store === 'off' ? [] : [unmeasured()])],
  };
};

/** What can be done with a device that has measurements in this service. */
class BoardPage {
  private readonly measurements: MeasurementsCard;
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
  private readonly predictor = el(
    'select',
    { id: 'predictor' },
    new Option('its measurements alone', 'gcn'),
    new Option('the other devices as well', 'transfer'),
  );

  constructor(
    { id, space, measurements }: MeasuredDevice,
    all: readonly MeasuredDevice[],
    left: AbortSignal,
  ) {
    this.id = id;
    const others = all.some((d) => d.id !== id && d.space === space && d.measurements >= LEAST_OF_SOURCE);
    this.predictor.value = others && measurements < FEW ? 'transfer' : 'gcn';
    const learnedFrom = labelled('Learned from', this.predictor);
    learnedFrom.hidden = !others;
    this.measurements = new MeasurementsCard(id, left);
    this.predictors = new PredictorsCard(id, left);
    this.versions.body.id = 'version-rows';
    this.training = new JobStarter(
      {
        name: 'training',
        kind: 'train',
        device: id,
        button: { text: 'Train a new version' },
        start: () => train(id, this.predictor.value),
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
    return [this.measurements.element, this.versionsCard, this.predictors.element];
  }

  async refresh(): Promise<void> {
    await this.refreshVersions();
    await this.predictors.refresh();
  }

  /** Shows jobs that go on already. */
  followRunning(): void {
    void this.training.followRunning();
    void this.predictors.followRunning();
  }

  private async refreshVersions(): Promise<void> {
    const { versions, previous } = await fetchVersions(this.id);
    const origin = versions.find(({ serving }) => serving)?.origin;
    const measured = await fetchMeasured(this.id, MOST_SHOWN, origin !== undefined);
    this.measurements.show(measured);
    this.rollBackButton.hidden = origin !== 'trained';
    this.rollBackButton.disabled = previous === null;
    this.rollBackButton.title = previous === null ? 'nothing served before' : `to version ${previous}`;
    const promote = (version: string) => this.change((device) => promoteVersion(device, version));
    this.versions.body.replaceChildren(...versionRows(versions, promote));
    this.versions.element.hidden = versions.length === 0;
  }

  private async change(change: (device: string) => Promise<unknown>): Promise<void> {
    await this.training.try(async () => {
      await change(this.id);
      await this.refreshVersions();
    });
  }
}

function aboutCard(id: string, served: Device | undefined, board: MeasuredDevice | undefined): HTMLElement {
  const test = served?.scores.test;
  const values = {
    Space: served?.space ?? board?.space,
    'Batch size': served && (served.batchSize === null ? 'not known' : String(served.batchSize)),
    Precision: served && (served.precision ?? 'not known'),
    Latencies:
      served && `${formatMs(served.percentilesMs[0])} to ${formatMs(served.percentilesMs.at(-1)!)} ms`,
    'Within ±10 %':
      test && `${formatShare(test.within10)} of ${test.samples.toLocaleString('en')} test networks`,
    Spearman: test?.spearman.toFixed(4),
    '90 % intervals':
      test?.coverage90 === undefined
        ? undefined
        : `cover ${formatShare(test.coverage90)} of the test networks`,
    Model: served ? `${served.predictor}, version ${served.version}` : 'none yet',
    'Measurements here': board?.measurements.toLocaleString('en'),
    'Last upload': board?.lastUploadAt ? when(board.lastUploadAt) : undefined,
    Data: served && `${served.source} (licence ${served.licence})`,
  };
  const ask = el('a', { href: addressOf(['predict'], { device: id }) }, 'Predict a network on it');
  return card('About', { id: 'about' }, facts(values), served && el('p', { className: 'hint' }, ask));
}

function unmeasured(): HTMLElement {
  return card(
    'Measurements',
    { id: 'measured' },
    el(
      'p',
      { id: 'how-to-measure' },
      'Nothing has been measured here yet. Measurements of this device that are sent to this service are kept, and ' +
        'its model learns from them: ',
      el('a', { href: '/docs' }, 'POST /v1/devices/{id}/measurements'),
      '.',
    ),
  );
}
