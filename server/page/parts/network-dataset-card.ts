import type { ListedNetworkDataset } from '../api/datasets.js';
import { save } from '../api/request.js';
import { button, card, el, facts, figureCell, problemLine, table } from '../dom.js';
import { formatFigure, formatShare } from '../format.js';
import { addressOf } from '../router.js';
import { downloadButton, driftFigure, originFacts } from './dataset-origin.js';

/** A dataset of ONNX networks: their number and families, their kernels' times, and the noise of the measurements. */
export function networkDatasetCard(
  { name, card: about }: ListedNetworkDataset,
  left: AbortSignal,
): HTMLElement {
  const { devices, families, kernels, noise } = about;
  const many = (count: number) => count.toLocaleString('en');
  const wrong = problemLine();
  const rows = Object.entries(families)
    .sort(([, a], [, b]) => b - a)
    .map(([family, networks]) =>
      el('tr', {}, el('th', { scope: 'row' }, family || 'no family'), figureCell(many(networks))),
    );
  const columns = [{ title: 'Family' }, { title: 'Networks', number: true }];
  const itsCard = () =>
    save(new Blob([JSON.stringify(about, null, 2)], { type: 'application/json' }), `${name}.card.json`);
  return card(
    name,
    { className: 'network-dataset' },
    facts({
      Networks: `${many(about.rows)} ONNX files of ${Object.keys(families).length} families`,
      Devices: devices
        .map(
          ({ id, description, minMs, medianMs, maxMs }) =>
            `${id} (${description}), ${formatFigure(minMs)} to ${formatFigure(maxMs)} ms, median ${formatFigure(medianMs)} ms`,
        )
        .join('; '),
      Kernels: kernels
        ? `${many(kernels.rows)} with a time, ${many(kernels.distinct)} distinct ones of ${Object.keys(kernels.kinds).length} kinds`
        : 'not timed individually',
      Noise: noise
        ? `${formatShare(noise.mape)} between a group of runs and the median of the others; ${formatShare(noise.within10)} within ±10 %`
        : 'unknown',
      ...originFacts(about),
    }),
    el(
      'p',
      { className: 'hint' },
      'A predictor trained on it answers for any ONNX file, ',
      el('a', { href: addressOf(['accelerators']) }, 'under Accelerators'),
      '.',
    ),
    el(
      'details',
      {},
      el('summary', {}, 'Families'),
      table(columns, rows, 'Networks by family', 'bare').element,
    ),
    ...driftFigure(about, left),
    el(
      'div',
      { className: 'buttons' },
      downloadButton(name, wrong),
      button('Download the card', itsCard, { className: 'quiet' }),
    ),
    wrong.element,
  );
}
