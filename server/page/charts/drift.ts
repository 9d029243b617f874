import { areaY, axisX, axisY, line, plot, ruleY } from '@observablehq/plot';

/** Most rounds labelled below the axis. */
const MOST_TICKS = 10;

/** The reference network's latency over its median in one round of measuring. */
interface Round {
  readonly round: number;
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

/** Draws the machine's speed in each round: median and range of the reference network, in percent. */
export function drawDrift(rounds: readonly Round[], width: number): Element {
  const percent = (value: number) => 100 * value;
  const every = Math.ceil(rounds.length / MOST_TICKS);
  return plot({
    width,
    height: 160,
    marginLeft: 48,
    marginTop: 28,
    marginBottom: 36,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Latency of the reference network over ${rounds.length} rounds, in percent of its median`,
    marks: [
      axisX({
        label: 'round',
        labelAnchor: 'center',
        labelArrow: 'none',
        tickSize: 0,
        ticks: rounds.filter((_, i) => i % every === 0).map(({ round }) => round),
        tickFormat: 'd',
      }),
      axisY({ label: '% of the median', labelArrow: 'none', tickSize: 0, ticks: 4 }),
      ruleY([100], { stroke: 'var(--quiet)', strokeDasharray: '4 4' }),
      areaY(rounds, {
        x: 'round',
        y1: (round: Round) => percent(round.least),
        y2: (round: Round) => percent(round.greatest),
        fill: 'var(--bar)',
        fillOpacity: 0.6,
      }),
      line(rounds, {
        x: 'round',
        y: (round: Round) => percent(round.median),
        stroke: 'var(--accent)',
        strokeWidth: 2,
      }),
    ],
  });
}
