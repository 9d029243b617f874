import { axisX, axisY, dot, frame, line, plot, ruleX } from '@observablehq/plot';
import { costFront } from '../../../src/search/report/cost-front.js';
import type { Point } from '../api/searches.js';
import { formatFigure } from '../format.js';

/** What a network or pair costs. */
export interface PointCost {
  /** For example `latency on pixel3`. */
  readonly name: string;
  readonly unit: string;
  /** Whether more is better, as for throughput. */
  readonly isGain?: boolean;
  /** In that unit; null if there is none. */
  readonly limit: number | null;
  /** Undefined or null if unknown. */
  of(point: Point): number | null | undefined;
}

type Trained = Point & { readonly accuracy: number; readonly cost: number };

/** Draws trained networks by cost and accuracy: the front as steps, and the limit. */
export function drawScatter(
  points: readonly Point[],
  { name, unit, limit, isGain = false, of }: PointCost,
  width: number,
): Element {
  const trained = points
    .map((point) => ({ ...point, cost: of(point) }))
    .filter((point): point is Trained => point.accuracy !== null && point.cost != null);
  const front = costFront(trained, ({ accuracy }) => accuracy, isGain);
  const accuracies = trained.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  // A few of the worst networks would squeeze all others together.
  const least = accuracies[Math.floor(accuracies.length * 0.1)] ?? 0;
  const most = accuracies.at(-1) ?? 100;
  const room = Math.max(0.2, 0.04 * (most - least));
  const below = trained.filter(({ accuracy }) => accuracy < least);
  const told = {
    x: 'cost',
    title: ({ architecture, accuracy, cost }: Trained) =>
      `${architecture}\n${accuracy.toFixed(2)} %, ${formatFigure(cost)} ${unit}`,
  };
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  return plot({
    width,
    height: Math.round(Math.min(340, Math.max(220, width * 0.6))),
    marginLeft: 60,
    marginBottom: 44,
    x: { nice: true, inset: 6 },
    y: { domain: [least - room, most + room], clamp: true },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Accuracy against ${name} of ${trained.length} networks`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: `${name}, ${unit}`, ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...axis, label: below.length > 0 ? `accuracy, % (▾ ${below.length} below)` : 'accuracy, %' }),
      ruleX(limit === null ? [] : [limit], {
        stroke: 'var(--bad)',
        strokeWidth: 2,
        strokeDasharray: '6 4',
      }),
      line(front, {
        x: 'cost',
        y: 'accuracy',
        stroke: 'var(--accent)',
        strokeWidth: 1.5,
        curve: 'step-after',
      }),
      dot(
        trained.filter(({ accuracy }) => accuracy >= least),
        { ...told, y: 'accuracy', r: 3, fill: 'var(--quiet)', fillOpacity: 0.5 },
      ),
      // Networks below the axis are marked at its edge, pointing down.
      dot(below, {
        ...told,
        y: least - room,
        symbol: 'triangle',
        rotate: 180,
        r: 3.5,
        stroke: 'var(--quiet)',
        ariaDescription: 'below the axis',
      }),
      dot(
        front.filter(({ accuracy }) => accuracy >= least),
        { x: 'cost', y: 'accuracy', r: 4.5, fill: 'var(--accent)' },
      ),
    ],
  });
}
