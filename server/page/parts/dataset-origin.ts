import type { Dataset, ListedNetworkDataset } from '../api/datasets.js';
import { download } from '../api/request.js';
import { drawDrift } from '../charts/drift.js';
import { button, el, fitted, type problemLine } from '../dom.js';
import { formatShare, when } from '../format.js';

type Card = Dataset['card'] | ListedNetworkDataset['card'];

/** Where a dataset of any kind comes from, as facts of its card. */
export function originFacts({ method, measurement, source, licence, createdAt }: Card) {
  const median = measurement?.standardError.median;
  return {
    Method: method,
    Machine: measurement && `${measurement.machine.cpu}, ${measurement.machine.os}`,
    'Standard error': median == null ? undefined : `${formatShare(median)} (median)`,
    Source: `${source} (${licence})`,
    Created: when(createdAt),
  };
}

/** How the machine drifted while a dataset was measured; nothing if it was not measured here. */
export function driftFigure({ measurement }: Card, left: AbortSignal): HTMLElement[] {
  if (!measurement) return [];
  const drift = el('figure', {});
  fitted(drift, (width) => drawDrift(measurement.drift.rounds, width), left);
  return [el('h3', {}, 'Drift of the reference network during measurement'), drift];
}

/** @param wrong is told where the file cannot be had */
export function downloadButton(name: string, wrong: ReturnType<typeof problemLine>): HTMLButtonElement {
  const file = () => download(`/v1/datasets/${encodeURIComponent(name)}/file`, `${name}.csv.gz`);
  return button('Download as CSV', () => wrong.during(file), { className: 'quiet' });
}
