import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import type { Metric } from '../metrics/metric.js';
import { within } from './metrics.js';

export interface ScatterOptions {
  readonly metric: Metric;
  /** `[architecture]`, in the metric's unit. */
  readonly predicted: Float64Array;
  /** `[architecture]`, in the metric's unit. */
  readonly measured: Float64Array;
  readonly title: string;
}

/**
 * Predicted against measured values as a standalone SVG with logarithmic axes: a dot per architecture, the
 * diagonal, and the band of ±10 % around it.
 */
export function scatterPlot({ metric, predicted, measured, title }: ScatterOptions): string {
  const { window } = new JSDOM('');
  const { document } = window;
  const points = Array.from(measured, (value, i) => ({ measured: value, predicted: predicted[i] }));
  const shown = [...measured, ...predicted].filter((value) => value > 0);
  const low = shown.reduce((a, b) => Math.min(a, b)) / 1.05;
  const high = shown.reduce((a, b) => Math.max(a, b)) * 1.05;
  const ends = [low, high];
  const share = (100 * within(predicted, measured, 0.1)).toFixed(1);
  const subtitle = `${share} % of ${measured.length.toLocaleString('en')} within ±10 % of the measured ${metric.name} (band)`;
  const axis = { type: 'log', domain: ends, grid: true, tickFormat: '~g', labelAnchor: 'center' } as const;
  const svg = Plot.plot({
    document,
    width: 640,
    height: 660,
    marginTop: 56,
    marginRight: 24,
    marginBottom: 48,
    marginLeft: 64,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { ...axis, label: `measured ${metric.name}, ${metric.unit}`, labelArrow: 'none' },
    y: { ...axis, label: `predicted ${metric.name}, ${metric.unit}`, labelArrow: 'none' },
    marks: [
      Plot.frame({ stroke: '#bbb' }),
      Plot.areaY(ends, {
        x: ends,
        y1: (value) => 0.9 * value,
        y2: (value) => 1.1 * value,
        fill: '#2a9d8f',
        fillOpacity: 0.18,
        clip: true,
      }),
      Plot.dot(points, { x: 'measured', y: 'predicted', r: 1.4, fill: '#264653', fillOpacity: 0.25 }),
      Plot.line(ends, { x: ends, y: ends, stroke: '#e76f51', strokeWidth: 1.2 }),
      Plot.text([title], { frameAnchor: 'top', dy: -40, fontSize: 14, fontWeight: 'bold' }),
      Plot.text([subtitle], { frameAnchor: 'top', dy: -18, fill: '#555' }),
    ],
  });
  // A hundredth of a pixel is precise enough, and halves the file.
  return new window.XMLSerializer().serializeToString(svg).replace(/(c[xy]="\d+\.\d\d)\d+/g, '$1');
}
