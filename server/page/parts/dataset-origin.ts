import type { Dataset, ListedNetworkDataset } from '../api/datasets.js';
import { download } from '../api/request.js';
import { drawDrift } from '../charts/drift.js';
import { button, el, fitted, type problemLine } from '../dom.js';
import { formatShare, when } from '../format.js';

type Card = Dataset['card'] | ListedNetworkDataset['card'];

/** Where a dataset comes from, as facts from its card. */
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

/** The machine's drift while a dataset was measured; empty if it was not measured here. */
export function driftFigure({ measurement }: Card, left: AbortSignal): HTMLElement[] {
  if (!measurement) return [];
  const drift = el('figure', {});
  fitted(drift, (width) => drawDrift(measurement.drift.rounds, width), left);
  return [el('h3', {}, 'Drift of the reference network during measurement'), drift];
}

/** @param wrong shows why the file cannot be downloaded */
export function downloadButton(name: string, wrong: ReturnType<typeof problemLine>): HTMLButtonElement {
  const file = () => download(`/v1/datasets/${encodeURIComponent(name)}/file`, `${name}.csv.gz`);
  return button('Download as CSV', () => wrong.during(file), { className: 'quiet' });
}
