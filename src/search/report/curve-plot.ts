import * as Plot from '@observablehq/plot';
import { JSDOM } from 'jsdom';
import type { CurvePoint } from './curve.js';

export interface CurvePlotOptions {
  readonly title: string;
  /** What the title does not say: data, seeds. */
  readonly subtitle: string;
  readonly curves: readonly { readonly name: string; readonly points: readonly CurvePoint[] }[];
  /** Draws a line at the best possible value, if known. */
  readonly optimum?: number;
  /** Where the plot begins: after the first networks, which all strategies draw at random. */
  readonly from?: number;
  /** Labels of the axes: what is counted, and the quantity whose best value is shown. */
  readonly labels?: { readonly x: string; readonly y: string };
  /** In pixels. */
  readonly width?: number;
}

const LABELS_OF_NETWORKS = { x: 'trained networks', y: 'best accuracy, %' };
/** Labels for pairs of a network and an accelerator. */
export const LABELS_OF_PAIRS = { x: 'pairs', y: 'best reward' };

/** Font size of a plot's heading, which has to fit the width of a phone. */
export const headingSize = (width: number): number => (width < 500 ? 10 : 14);

/** Height of a label in pixels. */
const LABEL_HEIGHT = 14;
const [MARGIN_TOP, MARGIN_BOTTOM] = [56, 44];

/**
 * Best accuracy against trained networks, or reward against pairs, as a standalone SVG: a line per strategy,
 * with a band of ± one standard deviation.
 */
export function curvePlot(options: CurvePlotOptions): string {
  const { title, subtitle, curves, optimum, from = 1, labels = LABELS_OF_NETWORKS, width = 720 } = options;
  const { window } = new JSDOM('');
  const height = Math.max(300, (width * 2) / 3);
  const labelsFit = (height - MARGIN_TOP - MARGIN_BOTTOM) / LABEL_HEIGHT;
  const points = curves.flatMap(({ name, points }) =>
    points
      .filter(({ trained }) => trained >= from)
      .map(({ trained, best }) => ({
        name,
        trained,
        mean: best.mean,
        low: best.mean - best.std,
        high: best.mean + best.std,
      })),
  );
  const least = points.map(({ low }) => low).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = points
    .map(({ high }) => high)
    .reduce((a, b) => Math.max(a, b), optimum ?? Number.NEGATIVE_INFINITY);
  const svg = Plot.plot({
    document: window.document,
    width,
    height,
    marginTop: MARGIN_TOP,
    marginRight: width < 500 ? 72 : 96,
    marginBottom: MARGIN_BOTTOM,
    marginLeft: 56,
    style: { background: 'white', color: '#222', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { label: labels.x, labelArrow: 'none', labelAnchor: 'center', grid: true },
    y: {
      label: labels.y,
      labelArrow: 'none',
      labelAnchor: 'center',
      grid: true,
      domain: [least, most],
    },
    color: { domain: curves.map(({ name }) => name), scheme: 'Observable10' },
    marks: [
      Plot.frame({ stroke: '#bbb' }),
      ...(optimum === undefined ? [] : [Plot.ruleY([optimum], { stroke: '#888', strokeDasharray: '4 3' })]),
      Plot.areaY(points, {
        x: 'trained',
        y1: 'low',
        y2: 'high',
        fill: 'name',
        fillOpacity: 0.12,
        clip: true,
      }),
      Plot.line(points, { x: 'trained', y: 'mean', stroke: 'name', strokeWidth: 1.8 }),
      Plot.text(endLabels(curves, (most - least) / labelsFit), {
        x: 'trained',
        y: 'y',
        text: 'name',
        fill: 'name',
        dx: 6,
        textAnchor: 'start',
      }),
      Plot.text([title], { frameAnchor: 'top', dy: -40, fontSize: headingSize(width), fontWeight: 'bold' }),
      Plot.text([subtitle], { frameAnchor: 'top', dy: -18, fill: '#555' }),
    ],
  });
  return new window.XMLSerializer().serializeToString(svg);
}

/** Places a curve's name beside its end, moved down if it would overlap another. */
function endLabels(curves: CurvePlotOptions['curves'], height: number) {
  const ends = curves
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => ({ name, end: points[points.length - 1] }))
    .sort((a, b) => b.end.best.mean - a.end.best.mean);
  let lowest = Number.POSITIVE_INFINITY;
  return ends.map(({ name, end }) => {
    lowest = Math.min(end.best.mean, lowest - height);
    return { name, trained: end.trained, y: lowest };
  });
}
