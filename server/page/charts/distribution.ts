import { axisX, axisY, binX, plot, type RectYOptions, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import { formatFigure } from '../format.js';

/** The quantity drawn, and its unit. */
interface Quantity {
  readonly name: string;
  readonly unit: string;
}

/**
 * Histogram of values, with one network's as a line.
 *
 * @param percentiles at 0, 1, … 100 %
 */
export function drawDistribution(
  { name, unit }: Quantity,
  percentiles: readonly number[],
  value: number | undefined,
  width: number,
): Element {
  const marker = value === undefined ? [] : [value];
  return plot({
    width,
    height: 205,
    marginLeft: 40,
    marginTop: 30,
    marginBottom: 44,
    x: { nice: true },
    y: { percent: true },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Distribution of ${name}, from ${formatFigure(percentiles[0])} to ${formatFigure(percentiles.at(-1)!)} ${unit}`,
    marks: [
      axisX({
        label: `${name}, ${unit}`,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: Math.max(3, Math.round(width / 90)),
        tickSize: 0,
      }),
      axisY({ label: '% of networks', labelArrow: 'none', ticks: 4, tickSize: 0 }),
      rectY(
        [...percentiles],
        binX<RectYOptions>(
          { y: 'proportion', thresholds: 28 },
          { x: (each: number) => each, fill: 'var(--bar)', inset: 0.5 },
        ),
      ),
      ruleY([0], { stroke: 'var(--line)' }),
      ruleX(marker, { stroke: 'var(--accent)', strokeWidth: 2.5 }),
      text(marker, {
        x: (each: number) => each,
        frameAnchor: 'top',
        dy: -14,
        text: (each: number) => `${formatFigure(each)} ${unit}`,
        fill: 'var(--accent)',
        fontWeight: 600,
      }),
    ],
  });
}
