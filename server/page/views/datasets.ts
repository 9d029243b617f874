import { type Dataset, fetchDataset, fetchDatasets } from '../api/datasets.js';
import { fetchOverview } from '../api/devices.js';
import { drawDistribution } from '../charts/distribution.js';
import { card, el, facts, figureCell, fitted, labelled, problemLine, table, timeCell } from '../dom.js';
import { formatFigure } from '../format.js';
import { downloadButton, driftFigure, originFacts } from '../parts/dataset-origin.js';
import { networkDatasetCard } from '../parts/network-dataset-card.js';
import { addressOf } from '../router.js';
import type { View } from '../view.js';

/** The included datasets with their cards, and what was measured through this service. */
export const datasetsView: View = async (_route, left) => {
  const [{ datasets: found, networks, problems }, { measured }] = await Promise.all([
    fetchDatasets(),
    fetchOverview(),
  ]);
  const rows = measured.map(({ id, space, measurements, lastUploadAt }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, el('a', { href: addressOf(['devices', id]) }, id)),
      el('td', {}, space),
      figureCell(measurements.toLocaleString('en')),
      lastUploadAt ? timeCell(lastUploadAt) : el('td', {}, '–'),
    ),
  );
  const columns = [
    { title: 'Device' },
    { title: 'Space' },
    { title: 'Measurements', number: true },
    { title: 'Last upload' },
  ];
  const here = table(columns, rows, 'Measured through this service', 'bare').element;
  const datasets = [
    ...found.map((dataset) => datasetCard(dataset, left)),
    ...networks.map((dataset) => networkDatasetCard(dataset, left)),
  ];
  const content: HTMLElement[] = [el('div', { className: 'wide columns' }, ...datasets)];
  if (measured.length > 0) content.push(card('Measured here', { className: 'wide' }, here));
  if (problems.length > 0) {
    const lines = problems.map(({ message }) => el('p', { className: 'problem' }, message));
    content.push(card('Damaged', { className: 'wide' }, ...lines));
  }
  return {
    title: 'Datasets',
    intro: 'Measured and computed latencies of networks, and how they were obtained.',
    content,
  };
};

const LATENCY = { name: 'latency', unit: 'ms' };

function datasetCard({ name, card: about }: Dataset, left: AbortSignal): HTMLElement {
  const figure = el('figure', {});
  const wrong = problemLine();
  const choice = el('select', {});
  const distribution = labelled('Latencies of', choice);
  void wrong.during(async () => {
    const { percentilesMs } = await fetchDataset(name);
    const devices = about.devices.filter(({ id }) => percentilesMs[id] !== undefined);
    distribution.hidden = devices.length === 0;
    if (devices.length === 0) return;
    choice.replaceChildren(...devices.map(({ id, description }) => new Option(`${id} · ${description}`, id)));
    const draw = (width: number) => drawDistribution(LATENCY, percentilesMs[choice.value], undefined, width);
    fitted(figure, draw, left);
    choice.onchange = () => figure.replaceChildren(draw(figure.clientWidth));
  });
  return card(
    name,
    {},
    facts({
      Space: about.space,
      Rows: about.rows.toLocaleString('en'),
      Devices: about.devices.map((device) => `${device.id}, ${rangesOf(device)}`).join('; '),
      'Dead operations':
        about.deadOperations === 'timed' ? 'run, as when measured' : 'removed before the run',
      ...originFacts(about),
    }),
    distribution,
    figure,
    ...driftFigure(about, left),
    el('div', { className: 'buttons' }, downloadButton(name, wrong)),
    wrong.element,
  );
}

/** The range of each metric of a device; cards of version 0.1 have only latency. */
function rangesOf({ values, minMs, maxMs }: Dataset['card']['devices'][number]): string {
  const all = values ?? [{ metric: 'latency', unit: 'ms', min: minMs!, max: maxMs! }];
  return all
    .map(({ metric, unit, min, max }) => {
      const range = `${formatFigure(min)} to ${formatFigure(max)} ${unit}`;
      return metric === 'latency' ? range : `${metric} ${range}`;
    })
    .join(', ');
}
