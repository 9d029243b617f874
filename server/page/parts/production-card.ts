import type { ProductionAnswer } from '../../../api/followed-predictions.js';
import { fetchProduction } from '../api/devices.js';
import { drawProduction } from '../charts/production.js';
import { card, el, figureCell, fitted, table } from '../dom.js';
import { formatShare } from '../format.js';

/** How followed predictions agree with later measurements, by version and day. */
export class ProductionCard {
  readonly element: HTMLElement;
  private readonly table = table(
    [
      { title: 'Version' },
      { title: 'Compared', number: true },
      { title: 'Median error', number: true },
      { title: 'Within ±10 %', number: true },
      { title: 'Inside the interval', number: true },
      { title: 'Measured / predicted', number: true },
    ],
    [],
    'How the predictions of each version agree with later measurements',
    'bare',
  );
  private readonly figure = el('figure', { id: 'production-plot' });
  private days: ProductionAnswer['days'] = [];

  constructor(
    private readonly device: string,
    private readonly metric: string,
    left: AbortSignal,
  ) {
    this.table.body.id = 'production-rows';
    this.element = card(
      'In production',
      { id: 'production', className: 'wide', hidden: true },
      el(
        'p',
        { className: 'hint' },
        'Predictions requested with “track”, compared with the first later measurements of the same networks.',
      ),
      this.table.element,
      this.figure,
    );
    fitted(this.figure, (width) => drawProduction(this.days, width), left);
  }

  async refresh(): Promise<void> {
    const { versions, days } = await fetchProduction(this.device, this.metric);
    this.days = days;
    this.element.hidden = versions.length === 0;
    this.table.body.replaceChildren(...versions.map(row));
    this.figure.replaceChildren(drawProduction(days, Math.max(240, this.figure.clientWidth)));
  }
}

function row(version: ProductionAnswer['versions'][number]): HTMLTableRowElement {
  const { modelVersion, compared, medianError, within10, coverage, medianRatio } = version;
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, modelVersion),
    figureCell(compared.toLocaleString('en')),
    figureCell(formatShare(medianError)),
    figureCell(formatShare(within10)),
    figureCell(coverage === null ? '–' : formatShare(coverage)),
    figureCell(medianRatio.toPrecision(3)),
  );
}
