import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import { costFront } from './cost-front.js';
import { headingSize } from './curve-plot.js';

/** A trained network in a plot of accuracy against one cost. */
export interface CostPoint {
  readonly cost: number;
  /** In percent. */
  readonly accuracy: number;
  readonly architecture: string;
}

export interface CostPlotOptions {
  readonly title: string;
  readonly label: string;
  readonly points: readonly CostPoint[];
  /** In `unit`; absent if there is none. */
  readonly limit?: number;
  readonly unit: string;
  /** Whether more of it is better, as for throughput. */
  readonly isGain?: boolean;
  /** What the points represent. */
  readonly what?: string;
  /** In pixels. */
  readonly width?: number;
}

/** Accuracy against a cost as a standalone SVG: a dot per trained network, their front, and the limit. */
export function costPlot({
  title,
  label,
  points,
  limit,
  unit,
  isGain = false,
  what = 'trained networks',
  width = 560,
}: CostPlotOptions): string {
  const { window } = new JSDOM('');
  const front = costFront(points, ({ accuracy }) => accuracy, isGain);
  const [steps, ends] = [front.flatMap(stepTo), front.slice(-1)];
  const shown = limit === undefined ? [] : [limit];
  const subtitle = `${points.length} ${what}; ${front.length} on the front${
    limit === undefined ? '' : `; limit ${Number(limit.toPrecision(4))} ${unit}`
  }`;
  const accuracies = points.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  // Otherwise a few bad networks would compress the rest.
  const low = accuracies[Math.floor(accuracies.length * 0.05)] ?? 0;
  const high = accuracies.at(-1) ?? 1;
  const room = (high - low || 1) * 0.08;
  const svg = Plot.plot({
    document: window.document,
    width,
    height: Math.max(300, (width * 5) / 7),
    marginTop: 56,
    marginRight: 24,
    marginBottom: 44,
    marginLeft: 56,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { label, labelArrow: 'none', labelAnchor: 'center', grid: true, nice: true },
    y: {
      label: 'accuracy, %',
      labelArrow: 'none',
      labelAnchor: 'center',
      grid: true,
      domain: [low - room, high + room],
    },
    marks: [
      Plot.frame({ stroke: '#bbb' }),
      Plot.ruleX(shown, { stroke: '#c2410c', strokeWidth: 1.5, strokeDasharray: '5 3' }),
      Plot.dot(points, {
        x: 'cost',
        y: 'accuracy',
        r: 3,
        fill: '#4e79a7',
        fillOpacity: 0.45,
        clip: true,
        title: ({ architecture, accuracy, cost }: CostPoint) =>
          `${architecture}\n${accuracy.toFixed(2)} %, ${cost.toPrecision(4)}`,
      }),
      Plot.line(steps, { x: 'cost', y: 'accuracy', stroke: '#e15759', strokeWidth: 1.5, clip: true }),
      Plot.dot(front, { x: 'cost', y: 'accuracy', r: 4, fill: '#e15759', clip: true }),
      Plot.text(ends, {
        x: 'cost',
        y: 'accuracy',
        text: ({ accuracy }: CostPoint) => `${accuracy.toFixed(2)} %`,
        dy: -12,
        fill: '#b91c1c',
        fontWeight: 'bold',
      }),
      Plot.text([title], { frameAnchor: 'top', dy: -40, fontSize: headingSize(width), fontWeight: 'bold' }),
      Plot.text([subtitle], { frameAnchor: 'top', dy: -18, fill: '#555' }),
    ],
  });
  return new window.XMLSerializer().serializeToString(svg);
}

/** A front is a staircase: between two of its points, nothing cheaper than the second is better than the first. */
function stepTo(
  point: CostPoint,
  i: number,
  front: readonly CostPoint[],
): { cost: number; accuracy: number }[] {
  const { cost, accuracy } = point;
  return i === 0
    ? [{ cost, accuracy }]
    : [
        { cost, accuracy: front[i - 1].accuracy },
        { cost, accuracy },
      ];
}
