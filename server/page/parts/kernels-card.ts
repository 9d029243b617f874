import type { NetworkPredictAnswer } from '../api/accelerators.js';
import { card, el, figureCell, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';

const COLUMNS = [
  { title: 'Kernel' },
  { title: 'Runs', number: true },
  { title: 'Share of the time', number: true },
  { title: 'Latency, ms', number: true },
  { title: '90 % between, ms', number: true },
];

/** A network's predicted latency on a device with learned kernels, kernel by kernel. */
export function kernelsCard(answer: NetworkPredictAnswer): HTMLElement {
  const { device, latencyMs, interval, kernels, remarks, notes } = answer;
  const between = interval
    ? `, 90 % between ${formatFigure(interval.lowMs)} and ${formatFigure(interval.highMs)} ms`
    : '';
  const rows = kernels
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ kind, activation, runs, share, ms, lowMs, highMs }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, activation === '' ? kind : `${kind} + ${activation}`),
        figureCell(String(runs)),
        figureCell(formatShare(share)),
        figureCell(formatFigure(ms)),
        figureCell(`${formatFigure(lowMs)} – ${formatFigure(highMs)}`),
      ),
    );
  return card(
    'Kernel by kernel',
    { id: 'kernels', className: 'wide' },
    el(
      'p',
      { className: 'headline' },
      el('strong', {}, formatFigure(latencyMs)),
      ` ms on ${device}${between}`,
    ),
    ...[...notes, ...remarks].map((said) => el('p', { className: 'note' }, said)),
    table(COLUMNS, rows, `${kernels.length} different kernels, the slowest first`, 'long').element,
  );
}
