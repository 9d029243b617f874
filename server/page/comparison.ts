import type { Device } from './api.js';
import { formatMs, shareSlower } from './latency.js';

export interface ComparedDevice {
  readonly device: Device;
  readonly latencyMs: number;
}

/** Table rows of one network on all devices, the fastest first; a device's name chooses it. */
export function comparisonRows(
  compared: readonly ComparedDevice[],
  chosen: Device,
  onChoose: (device: Device) => void,
): HTMLTableRowElement[] {
  const position = logScale(compared);
  return [...compared]
    .sort((a, b) => a.latencyMs - b.latencyMs)
    .map(({ device, latencyMs }) => {
      const row = document.createElement('tr');
      if (device.id === chosen.id) row.ariaCurrent = 'true';
      const name = document.createElement('th');
      name.scope = 'row';
      const choose = document.createElement('button');
      choose.type = 'button';
      choose.textContent = device.id;
      choose.addEventListener('click', () => onChoose(device));
      const description = document.createElement('small');
      description.textContent = device.description;
      name.append(choose, description);
      const slower = `${(100 * shareSlower(device.percentilesMs, latencyMs)).toFixed(0)} %`;
      row.append(
        name,
        numberCell(`${formatMs(latencyMs)} ms`),
        numberCell(slower),
        strip(device, latencyMs, position),
      );
      return row;
    });
}

/** The strips' common scale in words. */
export function scaleText(compared: readonly ComparedDevice[]): string {
  const [least, most] = limits(compared);
  return `${formatMs(least)} to ${formatMs(most)} ms, logarithmic`;
}

function limits(compared: readonly ComparedDevice[]): [least: number, most: number] {
  const all = compared.flatMap(({ device: { percentilesMs }, latencyMs }) => [
    percentilesMs[0],
    percentilesMs.at(-1)!,
    latencyMs,
  ]);
  return [Math.min(...all), Math.max(...all)];
}

/** Milliseconds to per cent of a strip's width. */
function logScale(compared: readonly ComparedDevice[]): (latencyMs: number) => number {
  const [least, most] = limits(compared).map(Math.log);
  return (latencyMs) => (100 * (Math.log(latencyMs) - least)) / (most - least || 1);
}

function numberCell(text: string): HTMLTableCellElement {
  const cell = document.createElement('td');
  cell.className = 'number';
  cell.textContent = text;
  return cell;
}

function strip(
  { percentilesMs }: Device,
  latencyMs: number,
  position: (latencyMs: number) => number,
): HTMLTableCellElement {
  const cell = document.createElement('td');
  cell.className = 'strip';
  const track = document.createElement('div');
  const part = (name: string, from: number, to = from) => {
    const span = document.createElement('span');
    span.className = name;
    span.style.left = `${position(from)}%`;
    span.style.width = to === from ? '' : `${position(to) - position(from)}%`;
    return span;
  };
  track.append(
    part('range', percentilesMs[5], percentilesMs[95]),
    part('median', percentilesMs[50]),
    part('dot', latencyMs),
  );
  cell.append(track);
  return cell;
}
