import type { Accelerator } from '../../api/accelerators.js';
import type { PredictorSummary } from '../../api/devices.js';
import type { SearchBody } from '../../api/searches.js';
import { el, labelled } from '../../dom.js';
import { limitInput, optionalNumber } from '../inputs.js';

/** A device and the latency limit on it. */
export class LatencyLimit {
  private readonly device = el('select', { name: 'device' });
  private readonly most = limitInput();
  readonly deviceField = labelled('Latency on', this.device);
  readonly mostField = labelled('At most, ms', this.most);

  constructor(
    private readonly predictors: readonly PredictorSummary[],
    private readonly accelerators: readonly Accelerator[],
  ) {}

  /** Offers the devices that can predict networks of a space. */
  offer(space: string): void {
    const learned = this.predictors
      .filter((each) => each.space === space && each.metricName === 'latency')
      .map(({ device: id }) => new Option(id, id));
    const analytic = this.accelerators.map(({ id }) => new Option(id, id));
    this.device.replaceChildren(
      new Option('none', ''),
      el('optgroup', { label: 'with a predictor' }, ...learned),
      el('optgroup', { label: 'analytic' }, ...analytic),
    );
  }

  get maxMs(): number | undefined {
    return optionalNumber(this.most);
  }

  /** @throws Error if there is a limit without a device */
  limits(): NonNullable<SearchBody['limits']> {
    const { maxMs } = this;
    if (this.device.value !== '') return [{ device: this.device.value, maxMs }];
    if (maxMs === undefined) return [];
    throw new Error('Choose the device for the latency limit.');
  }
}
