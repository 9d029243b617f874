import { areaY, axisX, axisY, dot, frame, line, plot, ruleX } from '@observablehq/plot';
import type { Measured } from '../api/devices.js';
import { formatFigure, formatShare } from '../format.js';

/**
 * Draws predicted against measured values of a device's networks on logarithmic axes, with the diagonal, the ±10 % band
 * and the intervals of the predictions. Networks the model was trained on are grey.
 */
export function drawMeasured(measured: readonly Measured[], unit: string, width: number): Element {
  const all = measured.flatMap((each) => [each.measured, each.predicted]);
  const ends = [Math.min(...all) / 1.05, Math.max(...all) * 1.05];
  const scale = { type: 'log', domain: ends } as const;
  const axis = {
    labelAnchor: 'center',
    labelArrow: 'none',
    tickSize: 0,
    tickFormat: '~g',
    ticks: 4,
  } as const;
  return plot({
    width,
    height: Math.min(width, 420),
    marginLeft: 60,
    marginBottom: 44,
    x: scale,
    y: scale,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Predicted against measured values of ${measured.length} networks`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: `measured, ${unit}` }),
      axisY({ ...axis, label: `predicted, ${unit}` }),
      areaY(ends, {
        x: ends,
        y1: (value) => 0.9 * value,
        y2: (value) => 1.1 * value,
        fill: 'var(--bar)',
        fillOpacity: 0.35,
        clip: true,
      }),
      ruleX(
        measured.filter(({ interval }) => interval !== undefined),
        {
          x: 'measured',
          y1: ({ interval }: Measured) => interval?.low,
          y2: ({ interval }: Measured) => interval?.high,
          stroke: 'var(--accent)',
          strokeOpacity: 0.25,
          clip: true,
        },
      ),
      line(ends, { x: ends, y: ends, stroke: 'var(--quiet)', strokeDasharray: '4 4' }),
      points(
        measured.filter(({ learned }) => learned),
        unit,
        'var(--quiet)',
        ', trained on',
      ),
      points(
        measured.filter(({ learned }) => !learned),
        unit,
        'var(--accent)',
      ),
    ],
  });
}

function points(all: readonly Measured[], unit: string, fill: string, note = '') {
  return dot(all, {
    x: 'measured',
    y: 'predicted',
    r: 2.2,
    fill,
    fillOpacity: 0.6,
    title: ({ architecture, measured, predicted }: Measured) =>
      `${architecture}\nmeasured ${formatFigure(measured)} ${unit}, predicted ${formatFigure(predicted)} ${unit}${note}`,
  });
}

/** Describes the plot in words; only networks the model was not trained on tell how good it is. */
export function measuredText(all: readonly Measured[]): string {
  const measured = all.filter(({ learned }) => !learned);
  if (measured.length === 0) return 'the model was trained on all of them';
  const mixed = measured.length < all.length;
  const which = mixed ? `of ${measured.length.toLocaleString('en')} that the model was not trained on, ` : '';
  const within = measured.filter((each) => Math.abs(each.predicted - each.measured) <= 0.1 * each.measured);
  const bounded = measured.filter(({ interval }) => interval !== undefined);
  const covered = bounded.filter(
    ({ interval, measured: value }) => interval!.low! <= value && value <= interval!.high!,
  );
  const accuracy = `${which}${formatShare(within.length / measured.length)} within ±10 % of the measured value`;
  const legend = mixed ? '; those it was trained on are grey' : '';
  if (bounded.length === 0) return `${accuracy}${legend}`;
  const level = Math.round(100 * bounded[0].interval!.level);
  return `${accuracy}; ${formatShare(covered.length / bounded.length)} inside their ${level} % intervals${legend}`;
}
