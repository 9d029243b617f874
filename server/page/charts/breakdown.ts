import { axisX, axisY, barX, plot, pointerY, tip } from '@observablehq/plot';
import type { LayerBreakdown } from '../api/accelerators.js';

/** Bottlenecks, and the CSS variables of their colours. */
export const BOTTLENECKS = {
  compute: 'var(--compute)',
  memory: 'var(--memory)',
  input: 'var(--input)',
  overhead: 'var(--overhead)',
} as const satisfies Record<LayerBreakdown['bottleneck'], string>;

/** With at most so many layers there is room for their names. */
const MOST_NAMED = 64;

/**
 * Draws layers as bars from start to finish in the colour of their bottleneck. The opaque part is the layer's own cycles,
 * the pale part is waiting.
 */
export function drawBreakdown(layers: readonly LayerBreakdown[], latencyMs: number, width: number): Element {
  const last = Math.max(...layers.map(({ finishCycle }) => finishCycle));
  const ms = (cycle: number) => (cycle / last) * latencyMs;
  const named = layers.length <= MOST_NAMED && width >= 480;
  const color = ({ bottleneck }: LayerBreakdown) => BOTTLENECKS[bottleneck];
  const y = 'node';
  return plot({
    width,
    height: 60 + layers.length * (named ? 15 : 6),
    marginLeft: named ? 150 : 12,
    marginTop: 30,
    x: { domain: [0, latencyMs] },
    y: { domain: layers.map(({ node }) => node), label: null, axis: null, padding: 0.2 },
    style: { background: 'none', fontSize: '11px', overflow: 'visible' },
    ariaLabel: `When each of ${layers.length} layers runs, from 0 to ${latencyMs.toPrecision(4)} ms`,
    marks: [
      axisX({
        label: 'ms',
        anchor: 'top',
        labelArrow: 'none',
        tickSize: 0,
        ticks: Math.max(3, Math.round(width / 120)),
      }),
      ...(named ? [axisY({ label: null, tickSize: 0, tickFormat: shortened })] : []),
      barX(layers, {
        y,
        x1: ({ startCycle }: LayerBreakdown) => ms(startCycle),
        x2: ({ finishCycle }: LayerBreakdown) => ms(finishCycle),
        fill: color,
        fillOpacity: 0.3,
      }),
      barX(layers, {
        y,
        x1: ({ startCycle }: LayerBreakdown) => ms(startCycle),
        x2: ({ startCycle, finishCycle, cycles }: LayerBreakdown) =>
          ms(Math.min(finishCycle, startCycle + cycles)),
        fill: color,
      }),
      tip(
        layers,
        pointerY({
          y,
          x: ({ finishCycle }: LayerBreakdown) => ms(finishCycle),
          title: ({ node, bottleneck, startCycle, finishCycle, cycles }: LayerBreakdown) =>
            `${node}\n${ms(startCycle).toPrecision(3)} to ${ms(finishCycle).toPrecision(3)} ms, ` +
            `${Math.round(cycles).toLocaleString('en')} cycles of its own\nbound by ${bottleneck}`,
          fill: 'var(--card)',
          stroke: 'var(--line)',
        }),
      ),
    ],
  });
}

const shortened = (name: string) => (name.length > 22 ? `…${name.slice(-21)}` : name);
