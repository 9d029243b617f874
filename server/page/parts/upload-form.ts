import { uploadMeasurements } from '../api/devices.js';
import { el, labelled, problemLine } from '../dom.js';
import { textOf } from './file-text.js';

/** Uploads measurements of a device from a CSV file as soon as it is chosen. */
export class UploadForm {
  readonly element: HTMLElement;
  private readonly file = el('input', { type: 'file', id: 'measurements-file', accept: '.csv,.gz' });
  private readonly wrong = problemLine('upload-problem');
  private readonly told = el('p', { id: 'upload-told', attributes: { role: 'status' } });

  /**
   * @param deviceOf returns the device, and its space if it is new; called when a file is chosen
   * @param onKept called with the device when its measurements have been kept
   */
  constructor(
    private readonly deviceOf: () => { readonly device: string; readonly space?: string },
    private readonly onKept: (device: string) => Promise<unknown>,
  ) {
    this.file.onchange = () => void this.wrong.during(() => this.send());
    this.element = el(
      'div',
      {},
      labelled('CSV with columns arch and latency_ms, energy_mj, … ', this.file),
      this.wrong.element,
      this.told,
    );
  }

  private async send(): Promise<void> {
    const [file] = this.file.files ?? [];
    if (!file) return;
    this.told.replaceChildren('Sending …');
    try {
      const { device, space } = this.deviceOf();
      // The same file sent twice counts as one upload.
      const key = `${file.name}, ${file.size} bytes of ${new Date(file.lastModified).toISOString()}`;
      const answer = await uploadMeasurements(device, await textOf(file), { key, space });
      const leftOut = (answer.columns ?? []).flatMap((column) =>
        'leftOut' in column ? [`${column.column} (${column.leftOut})`] : [],
      );
      const kept = (answer.metrics ?? []).map(
        ({ metric, unit, accepted }) => `${accepted.toLocaleString('en')} of ${metric} in ${unit}`,
      );
      this.told.replaceChildren(
        `Kept: ${kept.join(', ') || answer.accepted}.`,
        leftOut.length > 0 ? ` Columns left out: ${leftOut.join('; ')}.` : '',
      );
      await this.onKept(device);
    } catch (error) {
      this.told.replaceChildren();
      throw error;
    } finally {
      this.file.value = '';
    }
  }
}
