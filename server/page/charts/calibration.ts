import { axisX, axisY, dot, frame, line, plot } from '@observablehq/plot';
import type { Calibration } from '../../../src/predictors/intervals/calibration.js';
import { formatShare } from '../format.js';

/** Draws how often measurements were within limits against the predicted probability; the diagonal is ideal. */
export function drawCalibration(calibration: Calibration, width: number): Element {
  const percent = { domain: [0, 100] };
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0, ticks: 5 } as const;
  const told = calibration.map(({ predicted, observed }) => ({
    predicted: 100 * predicted,
    observed: 100 * observed,
    title: `${formatShare(observed)} within limits, ${formatShare(predicted)} predicted`,
  }));
  return plot({
    width,
    height: Math.min(width, 260),
    marginLeft: 52,
    marginBottom: 44,
    x: percent,
    y: percent,
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Observed against predicted shares within limits: ${told.map(({ title }) => title).join('; ')}`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: 'predicted to be within a limit, %' }),
      axisY({ ...axis, label: 'actually within it, %' }),
      line([0, 100], { x: [0, 100], y: [0, 100], stroke: 'var(--quiet)', strokeDasharray: '4 4' }),
      dot(told, { x: 'predicted', y: 'observed', r: 4, fill: 'var(--accent)', title: 'title' }),
    ],
  });
}
