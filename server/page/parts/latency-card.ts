import type { Device, Prediction } from '../api/devices.js';
import { drawDistribution } from '../charts/distribution.js';
import { card, el, facts, fitted, labelled } from '../dom.js';
import { formatMs, formatShare, shareSlower } from '../format.js';
import { addressOf } from '../router.js';

/** One network's latency on a device: the number, its interval, where it lies among others, and what is known. */
export class LatencyCard {
  readonly element: HTMLElement;
  private readonly select: HTMLSelectElement;
  private readonly latency = el('p', { id: 'latency', attributes: { role: 'status' } });
  private readonly interval = el('p', { id: 'interval' });
  private readonly rank = el('p', { id: 'rank' });
  private readonly figure = el('figure', { id: 'distribution' });
  private readonly about = el('div', { id: 'facts' });
  private readonly more = el('p', { className: 'hint' });
  private device: Device;
  private latencyMs: number | undefined;

  constructor(devices: readonly Device[], onChoose: (device: Device) => void, left: AbortSignal) {
    this.device = devices[0];
    const onchange = () => onChoose(devices.find(({ id }) => id === this.select.value)!);
    this.select = el('select', { id: 'device', onchange }, ...groups(devices));
    this.element = card(
      'Latency',
      { id: 'result' },
      labelled('Device', this.select),
      this.latency,
      this.interval,
      this.rank,
      this.figure,
      this.about,
      this.more,
    );
    fitted(this.figure, (width) => drawDistribution(this.device.percentilesMs, this.latencyMs, width), left);
  }

  showDevice(device: Device): void {
    this.device = device;
    this.select.value = device.id;
    this.about.replaceChildren(facts(factsOf(device)));
    const link = el('a', { href: addressOf(['devices', device.id]) }, 'Measurements and model versions');
    this.more.replaceChildren(link);
  }

  showAnswer({ latencyMs, interval }: Prediction): void {
    this.latencyMs = latencyMs;
    this.latency.replaceChildren(
      el('strong', {}, latencyMs === undefined ? '–' : formatMs(latencyMs)),
      ' ms',
    );
    this.interval.textContent = interval
      ? `${Math.round(100 * interval.level)} % of measurements lie between ${formatMs(interval.lowMs!)} and ` +
        `${formatMs(interval.highMs!)} ms` +
        (interval.unfamiliar ? '; unlike the networks that were measured' : '')
      : '';
    const { percentilesMs } = this.device;
    this.rank.textContent =
      latencyMs === undefined
        ? ''
        : `faster than ${formatShare(shareSlower(percentilesMs, latencyMs))} of the networks in its data`;
    const width = Math.max(240, this.figure.clientWidth);
    this.figure.replaceChildren(drawDistribution(percentilesMs, latencyMs, width));
  }
}

function groups(devices: readonly Device[]): HTMLElement[] {
  return [...Map.groupBy(devices, ({ space }) => space)].map(([label, members]) => {
    const options = members.map(({ id, description }) => new Option(`${id} · ${description}`, id));
    return el('optgroup', { label }, ...options);
  });
}

function factsOf(device: Device): Record<string, string> {
  const { scores, batchSize, precision, version, predictor, source, licence, deadOperations } = device;
  const { test } = scores;
  return {
    Device: device.description,
    'Batch size': batchSize === null ? 'not known' : String(batchSize),
    Precision: precision ?? 'not known',
    Accuracy: test
      ? `within ±10 % for ${formatShare(test.within10)} of ${test.samples.toLocaleString('en')} test networks`
      : 'not tested',
    Model: `${predictor}, version ${version}`,
    'Dead operations': deadOperations === 'timed' ? 'run, as when measured' : 'removed before the run',
    Data: `${source} (${licence})`,
  };
}
