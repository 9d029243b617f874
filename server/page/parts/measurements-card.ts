import { deviceUrl, type fetchMeasured } from '../api/devices.js';
import { download } from '../api/request.js';
import { drawMeasured, measuredText } from '../charts/measured.js';
import { button, card, el, problemLine } from '../dom.js';
import { formatShare } from '../format.js';
import { UploadForm } from './upload-form.js';

type Found = Awaited<ReturnType<typeof fetchMeasured>>;

/** A device's measurements against its model's predictions, and whether they drift apart. */
export class MeasurementsCard {
  readonly element: HTMLElement;
  private readonly count = el('p', { id: 'measured-count' });
  private readonly drift = el('p', { id: 'drift', hidden: true, attributes: { role: 'alert' } });
  private readonly figure = el('figure', { id: 'measured-plot' });
  private readonly wrong = problemLine('measured-problem');
  private found: Found | undefined;

  constructor(
    device: string,
    private readonly metric: { readonly name: string; readonly unit: string },
    left: AbortSignal,
    onUpload: () => Promise<unknown>,
  ) {
    const path = `${deviceUrl(device)}/measurements?metric=${encodeURIComponent(metric.name)}&format=csv`;
    const file = `${device}-${metric.name}.csv`;
    const save = button('Download as CSV', () => this.wrong.during(() => download(path, file)), {
      className: 'quiet',
    });
    this.element = card(
      'Measurements',
      { id: 'measured', className: 'wide' },
      el(
        'div',
        { className: 'pair' },
        el(
          'div',
          {},
          this.count,
          this.drift,
          el('div', { className: 'buttons' }, save),
          this.wrong.element,
          el('h3', {}, 'Add measurements'),
          new UploadForm(() => ({ device }), onUpload).element,
        ),
        this.figure,
      ),
    );
    const observer = new ResizeObserver(() => this.draw());
    observer.observe(this.element);
    left.addEventListener('abort', () => observer.disconnect());
  }

  show(found: Found): void {
    this.found = found;
    const { total, measured, drift } = found;
    const shown =
      measured.length > 0 && measured.length < total
        ? `, the first ${measured.length.toLocaleString('en')} shown`
        : '';
    const compared = measured.length > 0 ? `: ${measuredText(measured)}` : '';
    this.count.textContent = `${total.toLocaleString('en')} measurements${shown}${compared}`;
    this.drift.hidden = !drift?.drifted;
    if (drift) {
      this.drift.textContent =
        `Measurements the model was not trained on disagree with it: their median error over ${drift.compared} networks is ` +
        `${formatShare(drift.medianError)}, compared with ${formatShare(drift.heldOutMedianError)} when it was trained. ` +
        `The median measured value is ${drift.medianRatio.toPrecision(3)} times the predicted one.`;
    }
    this.draw();
  }

  private draw(): void {
    const measured = this.found?.measured ?? [];
    this.figure.hidden = measured.length === 0;
    if (measured.length === 0 || !this.figure.isConnected) return;
    this.figure.replaceChildren(
      drawMeasured(measured, this.metric.unit, Math.max(240, this.figure.clientWidth)),
    );
  }
}
