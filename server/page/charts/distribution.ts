import { axisX, axisY, binX, plot, type RectYOptions, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import { formatMs } from '../format.js';

/**
 * Histogram of latencies, with one network's as a line.
 *
 * @param percentilesMs at 0, 1, … 100 %
 */
export function drawDistribution(
  percentilesMs: readonly number[],
  latencyMs: number | undefined,
  width: number,
): Element {
  const marker = latencyMs === undefined ? [] : [latencyMs];
  return plot({
    width,
    height: 205,
    marginLeft: 40,
    marginTop: 30,
    marginBottom: 44,
    x: { nice: true },
    y: { percent: true },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Distribution of latencies, from ${formatMs(percentilesMs[0])} to ${formatMs(percentilesMs.at(-1)!)} ms`,
    marks: [
      axisX({
        label: 'latency, ms',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: Math.max(3, Math.round(width / 90)),
        tickSize: 0,
      }),
      axisY({ label: '% of networks', labelArrow: 'none', ticks: 4, tickSize: 0 }),
      rectY(
        [...percentilesMs],
        binX<RectYOptions>(
          { y: 'proportion', thresholds: 28 },
          { x: (ms: number) => ms, fill: 'var(--bar)', inset: 0.5 },
        ),
      ),
      ruleY([0], { stroke: 'var(--line)' }),
      ruleX(marker, { stroke: 'var(--accent)', strokeWidth: 2.5 }),
      text(marker, {
        x: (ms: number) => ms,
        frameAnchor: 'top',
        dy: -14,
        text: (ms: number) => `${formatMs(ms)} ms`,
        fill: 'var(--accent)',
        fontWeight: 600,
      }),
    ],
  });
}
