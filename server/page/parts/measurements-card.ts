import { deviceUrl, type fetchMeasured } from '../api/devices.js';
import { download } from '../api/request.js';
import { drawMeasured, measuredText } from '../charts/measured.js';
import { button, card, el } from '../dom.js';

type Found = Awaited<ReturnType<typeof fetchMeasured>>;

/** A device's measurements against its model's predictions, and whether the two drift apart. */
export class MeasurementsCard {
  readonly element: HTMLElement;
  private readonly count = el('p', { id: 'measured-count' });
  private readonly drift = el('p', { id: 'drift', hidden: true, attributes: { role: 'alert' } });
  private readonly figure = el('figure', { id: 'measured-plot' });
  private found: Found | undefined;

  constructor(device: string, left: AbortSignal) {
    const path = `${deviceUrl(device)}/measurements?format=csv&limit=10000`;
    const save = button('Download as CSV', () => void download(path, `${device}.csv`), {
      className: 'quiet',
    });
    this.element = card(
      'Measurements',
      { id: 'measured' },
      this.count,
      this.drift,
      this.figure,
      el('div', { className: 'buttons' }, save),
    );
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.element);
    left.addEventListener('abort', () => observer.disconnect());
  }

  /** @param served whether there is a model to compare with */
  show(found: Found, served: boolean): void {
    this.found = found;
    const { total, measured, drift } = found;
    const shown =
      served && measured.length < total ? `, the first ${measured.length.toLocaleString('en')} shown` : '';
    const compared = measured.length > 0 ? `: ${measuredText(measured)}` : '';
    this.count.textContent = `${total.toLocaleString('en')} measurements${shown}${compared}`;
    this.drift.hidden = !drift?.drifted;
    if (drift) {
      this.drift.textContent =
        `What was measured since then disagrees with the model: the median error of ${drift.compared} networks is ` +
        `${(100 * drift.medianError).toFixed(1)} %, against ${(100 * drift.heldOutMedianError).toFixed(1)} % when it was trained.`;
    }
    this.draw();
  }

  private draw(): void {
    const measured = this.found?.measured ?? [];
    if (measured.length === 0 || !this.figure.isConnected) return;
    this.figure.replaceChildren(drawMeasured(measured, Math.max(240, this.figure.clientWidth)));
  }
}
