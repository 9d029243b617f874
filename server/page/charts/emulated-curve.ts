import { areaY, axisX, axisY, frame, line, plot } from '@observablehq/plot';
import { outputName } from '../../../src/emulate/columns.js';
import type { EmulateAnswer, EmulatorAnswer } from '../api/emulators.js';

type Output = EmulatorAnswer['outputs'][number];
type Emulated = EmulateAnswer['runs'][number]['outputs'][string];

/** Draws a curve predicted by an emulator, with its interval as a band. */
export function drawEmulatedCurve(
  { name: full, points = 1, unit, axis }: Output,
  { mean, low, high }: Emulated,
  width: number,
): Element {
  const place = (i: number) => (axis ? axis.from + (i / (points - 1)) * (axis.to - axis.from) : i + 1);
  const marks = mean.map((value, i) => ({ place: place(i), mean: value, low: low[i], high: high[i] }));
  const name = outputName(full);
  const label = unit === undefined ? name : `${name}, ${unit}`;
  const look = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  return plot({
    width,
    height: Math.round(Math.min(320, Math.max(200, width * 0.4))),
    marginLeft: 60,
    marginBottom: 44,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `${label} along ${axis?.name ?? 'its points'}, with its interval`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...look, label: axis?.name ?? 'point', ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...look, label }),
      areaY(marks, { x: 'place', y1: 'low', y2: 'high', fill: 'var(--accent)', fillOpacity: 0.2 }),
      line(marks, { x: 'place', y: 'mean', stroke: 'var(--accent)', strokeWidth: 2 }),
    ],
  });
}
