import type { BreakdownAnswer, LayerBreakdown } from '../api/accelerators.js';
import { BOTTLENECKS, drawBreakdown } from '../charts/breakdown.js';
import { card, el, figureCell, fitted, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';

const COLUMNS = [
  { title: 'Layer' },
  { title: 'Starts, cycle', number: true },
  { title: 'Finishes', number: true },
  { title: 'Own cycles', number: true },
  { title: 'Share of the time', number: true },
  { title: 'Bottleneck' },
  { title: 'Takes' },
];

/** Where a network's time goes on an accelerator, as bars and as a table. */
export function breakdownCard(report: BreakdownAnswer, left: AbortSignal): HTMLElement {
  const { device, layers, latencyMs, intervalMs, use } = report;
  const figure = el('figure', { className: 'breakdown' });
  fitted(figure, (width) => drawBreakdown(layers, latencyMs, width), left);
  const every = intervalMs === undefined ? '' : `, a result every ${formatFigure(intervalMs)} ms`;
  return card(
    'Layer by layer',
    { id: 'breakdown', className: 'wide' },
    el(
      'p',
      { className: 'headline' },
      el('strong', {}, formatFigure(latencyMs)),
      ` ms on ${device}${every}; ${amounts(use)}`,
    ),
    ...(report.notes ?? []).map((note) => el('p', { className: 'note' }, note)),
    key(layers),
    figure,
    table(COLUMNS, rows(layers), `${layers.length} layers in the order in which they start`, 'long').element,
  );
}

/** Each bottleneck's colour and its share of the layers' own cycles. */
function key(layers: readonly LayerBreakdown[]): HTMLElement {
  const total = layers.reduce((sum, { cycles }) => sum + cycles, 0);
  const parts = Object.entries(BOTTLENECKS).flatMap(([name, color]) => {
    const own = layers.filter(({ bottleneck }) => bottleneck === name);
    if (own.length === 0) return [];
    const swatch = el('span', { className: 'swatch' });
    swatch.style.background = color;
    const share = formatShare(own.reduce((sum, { cycles }) => sum + cycles, 0) / total);
    return [el('li', {}, swatch, ` bound by ${name}: ${own.length} layers, ${share} of all cycles`)];
  });
  const waits = layers.some(
    ({ startCycle, finishCycle, cycles }) => finishCycle - startCycle > 1.001 * cycles,
  );
  return el('ul', { className: 'key' }, ...parts, waits && el('li', {}, 'pale: waiting'));
}

function rows(layers: readonly LayerBreakdown[]): HTMLTableRowElement[] {
  const last = Math.max(...layers.map(({ finishCycle }) => finishCycle));
  const figure = (cycles: number) => figureCell(Math.round(cycles).toLocaleString('en'));
  return layers.map(({ node, startCycle, finishCycle, cycles, bottleneck, use }) => {
    const swatch = el('span', { className: 'swatch' });
    swatch.style.background = BOTTLENECKS[bottleneck];
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, node),
      figure(startCycle),
      figure(finishCycle),
      figure(cycles),
      figureCell(formatShare(cycles / last)),
      el('td', {}, swatch, ` ${bottleneck}`),
      el('td', {}, amounts(use)),
    );
  });
}

const amounts = (use: Readonly<Record<string, number>>) =>
  Object.entries(use)
    .map(([resource, amount]) => `${resource} ${Math.round(amount).toLocaleString('en')}`)
    .join(', ');
