import type { Device } from '../api/devices.js';
import { button, card, el, figureCell, table } from '../dom.js';
import { formatMs, shareSlower } from '../format.js';

export interface ComparedDevice {
  readonly device: Device;
  readonly latencyMs: number;
}

/** One network on all devices, the fastest first; a device's name chooses it. */
export class AllDevicesCard {
  readonly element: HTMLElement;
  private readonly scale = el('span', { id: 'scale' });
  private readonly body: HTMLTableSectionElement;

  constructor(private readonly onChoose: (device: Device) => void) {
    const columns = [
      { title: 'Device' },
      { title: 'Latency', number: true },
      { title: 'Faster than', number: true },
      { title: '', className: 'strip' },
    ];
    const { element, body } = table(columns, [], 'This network on every device of its space', 'bare');
    element.querySelector('th:last-child')!.append(this.scale);
    this.body = body;
    this.body.id = 'devices';
    const legend = el(
      'p',
      { className: 'legend' },
      el('span', { className: 'key-dot' }),
      ' this network ',
      el('span', { className: 'key-range' }),
      ' middle 90 % of the device’s data, with its median',
    );
    this.element = card(
      'On every device',
      { id: 'comparison', className: 'wide', hidden: true },
      element,
      legend,
    );
  }

  show(compared: readonly ComparedDevice[], chosen: Device): void {
    this.element.hidden = compared.length < 2;
    if (compared.length < 2) return;
    const [least, most] = limits(compared);
    this.scale.textContent = `${formatMs(least)} to ${formatMs(most)} ms, logarithmic`;
    const position = (latencyMs: number) =>
      (100 * Math.log(latencyMs / least)) / (Math.log(most / least) || 1);
    const sorted = [...compared].sort((a, b) => a.latencyMs - b.latencyMs);
    this.body.replaceChildren(...sorted.map((each) => this.row(each, chosen, position)));
  }

  private row({ device, latencyMs }: ComparedDevice, chosen: Device, position: (ms: number) => number) {
    const choose = button(device.id, () => this.onChoose(device), { className: 'link' });
    return el(
      'tr',
      { ariaCurrent: device.id === chosen.id ? 'true' : undefined },
      el('th', { scope: 'row' }, choose, el('small', {}, device.description)),
      figureCell(`${formatMs(latencyMs)} ms`),
      figureCell(`${(100 * shareSlower(device.percentilesMs, latencyMs)).toFixed(0)} %`),
      strip(device, latencyMs, position),
    );
  }
}

function limits(compared: readonly ComparedDevice[]): [leastMs: number, mostMs: number] {
  const all = compared.flatMap(({ device: { percentilesMs }, latencyMs }) => [
    percentilesMs[0],
    percentilesMs.at(-1)!,
    latencyMs,
  ]);
  return [Math.min(...all), Math.max(...all)];
}

function strip({ percentilesMs }: Device, latencyMs: number, position: (ms: number) => number) {
  const part = (className: string, from: number, to?: number) => {
    const span = el('span', { className });
    span.style.left = `${position(from)}%`;
    if (to !== undefined) span.style.width = `${position(to) - position(from)}%`;
    return span;
  };
  const track = el(
    'div',
    {},
    part('range', percentilesMs[5], percentilesMs[95]),
    part('median', percentilesMs[50]),
    part('dot', latencyMs),
  );
  return el('td', { className: 'strip' }, track);
}
