import { axisX, axisY, dot, frame, line, plot, ruleX } from '@observablehq/plot';
import { costFront } from '../../../src/search/report/cost-front.js';
import type { Report } from '../api/compressions.js';
import { formatFigure } from '../format.js';

type Evaluated = Report['evaluated'][number];

/** What a choice of ranks costs. */
export interface RankCost {
  /** With its unit. */
  readonly label: string;
  /** In that unit; undefined if there is none. */
  readonly limit: number | undefined;
  readonly of: (ranks: Evaluated) => number;
}

export const errorOf = ({ accuracy }: Pick<Evaluated, 'accuracy'>) => 100 - accuracy;

/** Draws all evaluated choices of ranks by cost and loss: the front as steps, the chosen one ringed, and the limit. */
export function drawCompressionFront(
  { evaluated, ranks }: Report,
  error: string,
  cost: RankCost,
  width: number,
): Element {
  const points = evaluated.map((each) => ({ each, cost: cost.of(each), error: errorOf(each) }));
  const front = costFront(points, ({ error }) => -error);
  const look = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  const at = { x: 'cost', y: 'error' };
  const told = {
    ...at,
    title: ({ each, cost, error }: (typeof points)[number]) =>
      `${each.ranks}\n${formatFigure(error)} % lost at ${formatFigure(cost)}`,
  };
  return plot({
    width,
    height: Math.round(Math.min(340, Math.max(220, width * 0.6))),
    marginLeft: 60,
    marginBottom: 44,
    x: { nice: true, domain: [0, Math.max(...points.map((point) => point.cost))] },
    y: { nice: true, domain: [0, Math.max(1, ...points.map((point) => point.error))] },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `${error} against ${cost.label} of ${points.length} choices of ranks`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...look, label: cost.label, ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...look, label: `${error}, %` }),
      ruleX(cost.limit === undefined ? [] : [cost.limit], {
        stroke: 'var(--bad)',
        strokeWidth: 2,
        strokeDasharray: '6 4',
      }),
      line(front, { ...at, stroke: 'var(--accent)', strokeWidth: 1.5, curve: 'step-after' }),
      dot(points, { ...told, r: 3, fill: 'var(--quiet)', fillOpacity: 0.5 }),
      dot(front, { ...told, r: 4, fill: 'var(--accent)' }),
      dot(
        points.filter(({ each }) => each.ranks === ranks),
        { ...at, r: 8, stroke: 'var(--text)', strokeWidth: 2, ariaDescription: 'chosen' },
      ),
    ],
  });
}
