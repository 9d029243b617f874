import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';

export interface ScatterOptions {
  /** `[architecture]`, ms. */
  readonly predictedMs: Float64Array;
  /** `[architecture]`, ms. */
  readonly measuredMs: Float64Array;
  readonly title: string;
}

/** Predicted against measured latency as a standalone SVG: the diagonal, and the band of ±10 % around it. */
export function scatterPlot({ predictedMs, measuredMs, title }: ScatterOptions): string {
  const { document } = new JSDOM('').window;
  const points = Array.from(measuredMs, (measured, i) => ({ measured, predicted: predictedMs[i] }));
  const all = [...measuredMs, ...predictedMs].filter((ms) => ms > 0);
  const low = all.reduce((a, b) => Math.min(a, b)) / 1.05;
  const high = all.reduce((a, b) => Math.max(a, b)) * 1.05;
  const ends = [low, high];
  const svg = Plot.plot({
    document,
    width: 640,
    height: 640,
    marginLeft: 56,
    marginTop: 48,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { type: 'log', domain: ends, label: 'measured latency, ms', grid: true, tickFormat: '~g' },
    y: { type: 'log', domain: ends, label: 'predicted latency, ms', grid: true, tickFormat: '~g' },
    marks: [
      Plot.areaY(ends, {
        x: ends,
        y1: (ms) => 0.9 * ms,
        y2: (ms) => 1.1 * ms,
        fill: '#2a9d8f',
        fillOpacity: 0.15,
        clip: true,
      }),
      Plot.dot(points, { x: 'measured', y: 'predicted', r: 1.4, fill: '#264653', fillOpacity: 0.35 }),
      Plot.line(ends, { x: ends, y: ends, stroke: '#e76f51', strokeWidth: 1.2 }),
      Plot.text([title], { frameAnchor: 'top', dy: -32, fontSize: 14, fontWeight: 'bold' }),
      Plot.text(['band: ±10 % of the measured latency'], { frameAnchor: 'top', dy: -14, fill: '#666' }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return svg.outerHTML;
}
