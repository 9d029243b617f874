import { axisX, axisY, dot, frame, line, plot, ruleY } from '@observablehq/plot';

/** Best accuracy after each trained network, of one search. */
export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly trained: number; readonly best: number }[];
}

/** What is maximised, with its unit, and what is counted. */
export interface CurveWords {
  readonly best: string;
  readonly counted: string;
  /** How far below the best the vertical axis begins. */
  readonly depth: number;
}
const ACCURACY: CurveWords = { best: 'best accuracy, %', counted: 'trained networks', depth: 10 };
export const REWARD: CurveWords = { best: 'best reward', counted: 'pairs', depth: 0.3 };

/** Draws each search's best accuracy so far against networks trained, as steps; with a line at the optimum if known. */
export function drawCurves(
  curves: readonly Curve[],
  budget: number,
  optimum: number | null,
  width: number,
  what: CurveWords = ACCURACY,
): Element {
  const points = curves.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
  const last = curves.flatMap(({ name, points }) => points.slice(-1).map((point) => ({ name, ...point })));
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  const stroke = curves.length > 1 ? 'name' : 'var(--accent)';
  return plot({
    width,
    height: Math.round(Math.min(340, Math.max(220, width * 0.6))),
    marginLeft: 64,
    marginBottom: 44,
    x: { domain: [0, budget] },
    y: {
      domain: yDomain(
        points.map(({ best }) => best),
        optimum,
        what.depth,
      ),
    },
    color: { domain: curves.map(({ name }) => name), scheme: 'Observable10', legend: curves.length > 1 },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `${what.best} against the number of ${what.counted}`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: what.counted, ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...axis, label: what.best }),
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

/** Leaves out the first networks, which are drawn at random and may be far below the rest. */
function yDomain(bests: readonly number[], optimum: number | null, depth: number): [number, number] {
  const most = Math.max(...bests, optimum ?? Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(most)) return [0, 100];
  const least = Math.max(Math.min(...bests, most), most - depth);
  const room = Math.max(depth / 20, 0.05 * (most - least));
  return [least - room, most + room];
}
