import {
  fetchOverview,
  fetchPredictors,
  type MeasuredDevice,
  type PredictorSummary,
} from '../api/devices.js';
import { fetchSpaces } from '../api/spaces.js';
import { card, el, figureCell, labelled, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';
import { UploadForm } from '../parts/upload-form.js';
import { addressOf, goTo } from '../router.js';
import type { View } from '../view.js';

interface ListedDevice {
  readonly id: string;
  readonly description: string;
  readonly space: string;
  /** The predictor of its latency, or of another metric. */
  readonly served?: PredictorSummary;
  /** The metrics predicted or measured here. */
  readonly metrics: readonly string[];
  readonly measured?: MeasuredDevice;
}

/** All devices: those with a served model, and those that have only been measured. */
export const devicesView: View = async () => {
  const [served, overview, spaces] = await Promise.all([fetchPredictors(), fetchOverview(), fetchSpaces()]);
  const all = listed(served, overview.measured);
  const { element, body } = table(
    [
      { title: 'Device' },
      { title: 'Space' },
      { title: 'Median of its data', number: true },
      { title: 'Within ±10\u00a0%', number: true },
      { title: 'Spearman', number: true },
      { title: 'Measurements here', number: true },
    ],
    all.map(deviceRow),
    'Devices, the accuracy of their models on test networks, and the number of measurements here',
  );
  body.id = 'device-rows';
  const search = el('input', {
    type: 'search',
    placeholder: 'name, description or space',
    id: 'find',
    oninput: () => {
      const wanted = search.value.trim().toLowerCase();
      all.forEach(({ id, description, space }, i) => {
        const found = `${id} ${description} ${space}`.toLowerCase().includes(wanted);
        (body.rows[i] as HTMLTableRowElement).hidden = !found;
      });
    },
  });
  return {
    title: 'Devices',
    intro:
      overview.store === 'failed'
        ? 'Measurements and versions are not available: the store does not answer. Predictions are.'
        : undefined,
    content: [
      card(`${all.length} devices`, { className: 'wide' }, labelled('Find', search), element),
      ...(overview.store === 'off' ? [] : [newDevice(spaces.map(({ name }) => name))]),
    ],
  };
};

function listed(
  predictors: readonly PredictorSummary[],
  measured: readonly MeasuredDevice[],
): ListedDevice[] {
  const of = new Map<string, ListedDevice>();
  for (const predictor of predictors) {
    const { device: id, description, space, metric } = predictor;
    const known = of.get(id) ?? { id, description, space, served: predictor, metrics: [] };
    of.set(id, { ...known, metrics: [...known.metrics, metric.name] });
  }
  for (const board of measured) {
    const { id, description, space } = board;
    const known = of.get(id) ?? { id, description, space, metrics: [] };
    const metrics = [...known.metrics, ...board.metrics.map(({ metric }) => metric.split(':')[0])];
    of.set(id, { ...known, metrics: [...new Set(metrics)], measured: board });
  }
  return [...of.values()].sort((a, b) => a.space.localeCompare(b.space) || a.id.localeCompare(b.id));
}

function deviceRow({ id, description, space, served, measured, metrics }: ListedDevice): HTMLTableRowElement {
  const test = served?.scores.test;
  const link = el('a', { href: addressOf(['devices', id]) }, id);
  // A device without a description has its name as one.
  const about = [description !== id && description, metrics.length > 1 && metrics.join(', ')]
    .filter(Boolean)
    .join(' · ');
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, link, el('small', {}, about)),
    el('td', { className: 'word' }, space),
    figureCell(served ? `${formatFigure(served.percentiles[50])} ${served.metric.unit}` : 'no model'),
    figureCell(test ? formatShare(test.within10) : '–'),
    figureCell(test ? test.spearman.toFixed(3) : '–'),
    figureCell(measured ? measured.measurements.toLocaleString('en') : '–'),
  );
}

/** @param spaces names of the spaces in which a device can be measured */
function newDevice(spaces: readonly string[]): HTMLElement {
  const name = el('input', { id: 'new-device', autocomplete: 'off', placeholder: 'my_board' });
  const space = el('select', { id: 'new-device-space' }, ...spaces.map((each) => new Option(each, each)));
  const deviceOf = () => {
    const device = name.value.trim();
    if (device === '') throw new Error('Name the device first.');
    return { device, space: space.value };
  };
  const form = new UploadForm(deviceOf, async (device) => goTo(['devices', device]));
  return card(
    'A new device',
    { className: 'wide' },
    el(
      'p',
      {},
      'Send its measurements from a file, by ',
      el('a', { href: '/docs' }, 'POST /v1/devices/{id}/measurements'),
      ', or have it measured: ',
      el('code', {}, 'npx tempograph measure --server …'),
      '. A predictor can be trained once ten networks have been measured.',
    ),
    el('div', { className: 'fields' }, labelled('Name', name), labelled('Space of its networks', space)),
    form.element,
  );
}
