import { axisX, axisY, dot, frame, line, plot, ruleY } from '@observablehq/plot';

/** Best accuracy after each trained network, of one search. */
export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly trained: number; readonly best: number }[];
}

/** Searches' best accuracy so far against networks trained, as steps; a line at the optimum where it is known. */
export function drawCurves(
  curves: readonly Curve[],
  budget: number,
  optimum: number | null,
  width: number,
): Element {
  const points = curves.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
  const last = curves.flatMap(({ name, points }) => points.slice(-1).map((point) => ({ name, ...point })));
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  const stroke = curves.length > 1 ? 'name' : 'var(--accent)';
  return plot({
    width,
    height: Math.round(Math.min(340, Math.max(220, width * 0.6))),
    marginLeft: 52,
    marginBottom: 44,
    x: { domain: [0, budget] },
    y: {
      domain: yDomain(
        points.map(({ best }) => best),
        optimum,
      ),
    },
    color: { domain: curves.map(({ name }) => name), scheme: 'Observable10', legend: curves.length > 1 },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: 'Best accuracy against the number of trained networks',
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: 'trained networks', ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...axis, label: 'best accuracy, %' }),
      ruleY(optimum === null ? [] : [optimum], { stroke: 'var(--quiet)', strokeDasharray: '4 4' }),
      line(points, {
        x: 'trained',
        y: 'best',
        z: 'name',
        stroke,
        strokeWidth: 2,
        curve: 'step-after',
        clip: true,
      }),
      dot(last, { x: 'trained', y: 'best', fill: stroke, r: 4 }),
    ],
  });
}

/** From below the last tenths of what was found: the first networks, drawn at random, may be far below. */
function yDomain(bests: readonly number[], optimum: number | null): [number, number] {
  const most = Math.max(...bests, optimum ?? Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(most)) return [0, 100];
  const least = Math.max(Math.min(...bests, most), most - 10);
  const room = Math.max(0.1, 0.05 * (most - least));
  return [least - room, most + room];
}
