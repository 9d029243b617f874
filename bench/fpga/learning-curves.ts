import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';

/** Mean error of a method over seeds at one number of measurements. */
export interface LearningCurvePoint {
  readonly method: string;
  readonly measurements: number;
  /** Mean and standard deviation of the mean absolute error relative to the measurement, as fractions. */
  readonly mean: number;
  readonly std: number;
}

const TITLE = 'Latency on a ZCU102 with and without its analytic model';

/** Where zero measurements stand on the logarithmic axis. */
const ZERO_AT = 5;

interface Placed {
  readonly method: string;
  readonly at: number;
  readonly percent: number;
}

/** Least ratio of two labels' heights on the logarithmic axis at which they don't cover each other. */
const LABEL_RATIO = 1.22;

/** The last point of each curve, moved upwards where its label would cover the one below. */
function endLabels(placed: readonly Placed[]): Placed[] {
  const last = new Map(placed.map((point) => [point.method, point]));
  let below = 0;
  return [...last.values()]
    .sort((a, b) => a.percent - b.percent)
    .map((point) => {
      below = Math.max(point.percent, below * LABEL_RATIO);
      return { ...point, percent: below };
    });
}

/** Error by number of measurements as a standalone SVG, both axes logarithmic, with bands of ± one deviation. */
export function learningCurves(points: readonly LearningCurvePoint[]): string {
  const { window } = new JSDOM('');
  const { document } = window;
  const placed = points.map(({ method, measurements, mean, std }) => ({
    method,
    at: Math.max(ZERO_AT, measurements),
    percent: 100 * mean,
    low: 100 * Math.max(mean - std, mean / 3),
    high: 100 * (mean + std),
  }));
  const label = 'measurements of the board';
  const sizeText = (at: number) => (at === ZERO_AT ? '0' : String(at));
  const sizes = [...new Set(placed.map(({ at }) => at))];
  const svg = Plot.plot({
    document,
    width: 760,
    height: 460,
    marginTop: 56,
    marginLeft: 56,
    marginRight: 160,
    marginBottom: 48,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: {
      type: 'log',
      axis: null,
    },
    y: {
      type: 'log',
      label: 'mean absolute error, %',
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: [0.5, 1, 2, 5, 10, 20, 50],
      tickFormat: '~g',
    },
    color: { domain: [...new Set(points.map(({ method }) => method))], scheme: 'observable10' },
    marks: [
      Plot.frame({ stroke: '#bbb' }),
      Plot.axisX(sizes, { label, labelAnchor: 'center', labelArrow: 'none', text: sizeText }),
      Plot.areaY(placed, { x: 'at', y1: 'low', y2: 'high', fill: 'method', fillOpacity: 0.15 }),
      Plot.line(placed, { x: 'at', y: 'percent', stroke: 'method', strokeWidth: 2 }),
      Plot.dot(placed, { x: 'at', y: 'percent', fill: 'method', r: 3 }),
      Plot.text(endLabels(placed), {
        x: 'at',
        y: 'percent',
        text: 'method',
        fill: 'method',
        textAnchor: 'start',
        dx: 8,
      }),
      Plot.text([TITLE], {
        frameAnchor: 'top-left',
        dy: -36,
        fontSize: 14,
        fontWeight: 'bold',
      }),
    ],
  });
  const title = document.createElementNS(svg.namespaceURI, 'title');
  title.textContent = TITLE;
  svg.prepend(title);
  return new window.XMLSerializer().serializeToString(svg).replace(/(\d+\.\d\d)\d+/g, '$1');
}
