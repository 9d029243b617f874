import { axisX, axisY, dot, frame, plot } from '@observablehq/plot';
import type { FrontierPoint } from '../api/accelerators.js';

/** A quantity of the points, shown on an axis or as colour. */
export interface PointQuantity {
  readonly label: string;
  readonly of: (point: FrontierPoint) => number;
  readonly log?: boolean;
}

export const ACCURACY_PERCENT: PointQuantity = {
  label: 'accuracy, %',
  of: ({ accuracyPercent }) => accuracyPercent,
};
export const LATENCY_MS: PointQuantity = {
  label: 'latency, ms',
  of: ({ latencyMs }) => latencyMs,
  log: true,
};
export const AREA_MM2: PointQuantity = { label: 'area, mm²', of: ({ areaMm2 }) => areaMm2 };

/** A drawn scatter plot and the positions of its points. */
export interface Scatter {
  readonly svg: SVGSVGElement;
  /** Horizontal position of each point, pixels. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dots: readonly SVGElement[];
}

/** A point's `x` against its accuracy, the third quantity as colour. */
export function drawFrontier(
  points: readonly FrontierPoint[],
  x: PointQuantity,
  color: PointQuantity,
  width: number,
): Scatter {
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  // Leaves out the end of the scale that would be invisible against the card.
  const range = matchMedia('(prefers-color-scheme: dark)').matches ? [0.3, 1] : [0, 0.85];
  const drawn = plot({
    width,
    height: Math.round(Math.min(380, Math.max(260, width * 0.7))),
    marginLeft: 52,
    marginBottom: 44,
    x: { type: x.log ? 'log' : 'linear', nice: !x.log },
    y: { nice: true },
    color: { type: color.log ? 'log' : 'linear', scheme: 'viridis', range },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `${ACCURACY_PERCENT.label} against ${x.label} of ${points.length} pairs, colour is ${color.label}`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({
        ...axis,
        label: x.label,
        tickFormat: x.log ? '~g' : 'd',
        ticks: Math.max(4, Math.round(width / 90)),
      }),
      axisY({ ...axis, label: ACCURACY_PERCENT.label }),
      dot(points, { x: x.of, y: ACCURACY_PERCENT.of, fill: color.of, r: 3, sort: null }),
    ],
  });
  const svg = (drawn instanceof SVGSVGElement ? drawn : drawn.querySelector('svg')) as SVGSVGElement;
  const xScale = drawn.scale('x')!;
  const yScale = drawn.scale('y')!;
  return {
    svg,
    x: points.map((point) => xScale.apply(x.of(point))),
    y: points.map((point) => yScale.apply(ACCURACY_PERCENT.of(point))),
    dots: [...svg.querySelectorAll<SVGElement>('[aria-label="dot"] circle')],
  };
}
