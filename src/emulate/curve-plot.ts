import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import type { EmulatorCard } from './card.js';
import type { Emulation } from './emulator.js';

/**
 * The curves that an emulator answers for one run as a standalone SVG: the mean and the band of the 90 %
 * interval, one facet per curve.
 *
 * @param run index among the runs asked about
 */
export function emulatedCurvePlot(
  { outputs, name, level }: EmulatorCard,
  emulation: Emulation,
  run: number,
  subtitle: string,
): string {
  const { window } = new JSDOM('');
  const columns = outputs.reduce((sum, { points = 1 }) => sum + points, 0);
  let from = run * columns;
  const points = outputs.flatMap(({ name: output, points = 1, axis }) => {
    const at = from;
    from += points;
    return points === 1
      ? []
      : Array.from({ length: points }, (_, i) => ({
          output,
          place: axis ? axis.from + (i / (points - 1)) * (axis.to - axis.from) : i + 1,
          mean: emulation.mean[at + i],
          low: emulation.low[at + i],
          high: emulation.high[at + i],
        }));
  });
  const curves = outputs.filter(({ points }) => points !== undefined);
  const svg = Plot.plot({
    document: window.document,
    width: 720,
    height: 140 + 220 * curves.length,
    marginTop: 56,
    marginLeft: 64,
    marginBottom: 44,
    marginRight: 96,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { label: curves[0]?.axis?.name ?? 'point', labelArrow: 'none', labelAnchor: 'center' },
    y: { label: curves[0]?.unit ?? null, labelArrow: 'none', grid: true },
    fy: { label: null, domain: curves.map((curve) => curve.name) },
    marks: [
      Plot.frame({ stroke: '#bbb' }),
      Plot.areaY(points, {
        x: 'place',
        y1: 'low',
        y2: 'high',
        fy: 'output',
        fill: '#4269d0',
        fillOpacity: 0.18,
      }),
      Plot.line(points, { x: 'place', y: 'mean', fy: 'output', stroke: '#4269d0', strokeWidth: 1.8 }),
      Plot.text([`${name}, mean and ${100 * level} % interval`], {
        frameAnchor: 'top',
        dy: -40,
        fontSize: 14,
        fontWeight: 'bold',
        facet: 'super',
      }),
      Plot.text([subtitle], { frameAnchor: 'top', dy: -18, fill: '#555', facet: 'super' }),
    ],
  });
  return new window.XMLSerializer().serializeToString(svg);
}
