import { axisX, axisY, dot, line, plot, ruleY } from '@observablehq/plot';
import type { ProductionAnswer } from '../../../api/followed-predictions.js';
import { formatShare } from '../format.js';

type Day = ProductionAnswer['days'][number];

/** Draws the daily median error in production, a line for each version. */
export function drawProduction(days: readonly Day[], width: number): Element {
  const x = ({ day }: Day) => new Date(`${day}T00:00:00Z`);
  const y = ({ medianError }: Day) => 100 * medianError;
  return plot({
    width,
    height: 170,
    marginLeft: 48,
    marginTop: 28,
    marginBottom: 36,
    x: { type: 'utc' },
    y: { zero: true, nice: true },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Median error of predictions measured later, over ${days.length} days`,
    marks: [
      axisX({ tickSize: 0, ticks: Math.max(2, Math.round(width / 110)) }),
      axisY({ label: 'median error, %', labelArrow: 'none', tickSize: 0, ticks: 4 }),
      ruleY([0], { stroke: 'var(--line)' }),
      line(days, { x, y, z: 'modelVersion', stroke: 'var(--accent)', strokeWidth: 2 }),
      dot(days, {
        x,
        y,
        r: 3.5,
        fill: 'var(--accent)',
        title: ({ day, modelVersion, compared, medianError }: Day) =>
          `${day}, version ${modelVersion}\nmedian error ${formatShare(medianError)} of ${compared}`,
      }),
    ],
  });
}
