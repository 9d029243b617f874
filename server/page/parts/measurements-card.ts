import { deviceUrl, type fetchMeasured, type Version } from '../api/devices.js';
import { download } from '../api/request.js';
import { drawMeasured, measuredText } from '../charts/measured.js';
import { button, card, el, problemLine } from '../dom.js';
import { formatShare } from '../format.js';

type Found = Awaited<ReturnType<typeof fetchMeasured>>;

/** A device's measurements against its model's predictions, and whether the two drift apart. */
export class MeasurementsCard {
  readonly element: HTMLElement;
  private readonly count = el('p', { id: 'measured-count' });
  private readonly drift = el('p', { id: 'drift', hidden: true, attributes: { role: 'alert' } });
  private readonly figure = el('figure', { id: 'measured-plot' });
  private readonly wrong = problemLine('measured-problem');
  private found: Found | undefined;
  private origin: Version['origin'] | undefined;

  constructor(device: string, left: AbortSignal) {
    const path = `${deviceUrl(device)}/measurements?format=csv`;
    const save = button('Download as CSV', () => this.wrong.during(() => download(path, `${device}.csv`)), {
      className: 'quiet',
    });
    this.element = card(
      'Measurements',
      { id: 'measured' },
      this.count,
      this.drift,
      this.figure,
      el('div', { className: 'buttons' }, save),
      this.wrong.element,
    );
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.element);
    left.addEventListener('abort', () => observer.disconnect());
  }

  /** @param origin of the model that there is to compare with */
  show(found: Found, origin: Version['origin'] | undefined): void {
    this.found = found;
    this.origin = origin;
    const { total, measured, drift } = found;
    const shown =
      origin && measured.length < total ? `, the first ${measured.length.toLocaleString('en')} shown` : '';
    const compared = measured.length > 0 ? `: ${measuredText(measured, this.learned)}` : '';
    this.count.textContent = `${total.toLocaleString('en')} measurements${shown}${compared}`;
    this.drift.hidden = !drift?.drifted;
    if (drift) {
      this.drift.textContent =
        `What was measured since then disagrees with the model: the median error of ${drift.compared} networks is ` +
        `${formatShare(drift.medianError)}, against ${formatShare(drift.heldOutMedianError)} when it was trained.`;
    }
    this.draw();
  }

  /** Whether the model has learned from what is not held out; one that was shipped has not. */
  private get learned(): boolean {
    return this.origin === 'trained';
  }

  private draw(): void {
    const measured = this.found?.measured ?? [];
    if (measured.length === 0 || !this.figure.isConnected) return;
    this.figure.replaceChildren(drawMeasured(measured, this.learned, Math.max(240, this.figure.clientWidth)));
  }
}
