import { axisX, axisY, dot, frame, line, plot, ruleX } from '@observablehq/plot';
import type { Point } from '../api/searches.js';
import { formatMs } from '../format.js';

type Trained = Point & { readonly accuracy: number };

/** Trained networks by latency on a device and accuracy: the front among them as steps, and the limit. */
export function drawScatter(
  points: readonly Point[],
  device: string,
  limitMs: number | null,
  width: number,
): Element {
  const trained = points.filter(
    (point): point is Trained => point.accuracy !== null && device in point.latencyMs,
  );
  const front = frontOf(trained, device);
  const accuracies = trained.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  // Few of the worst networks would squeeze all others.
  const least = accuracies[Math.floor(accuracies.length * 0.1)] ?? 0;
  const most = accuracies.at(-1) ?? 100;
  const x = (point: Trained) => point.latencyMs[device];
  const axis = { labelAnchor: 'center', labelArrow: 'none', tickSize: 0 } as const;
  return plot({
    width,
    height: Math.round(Math.min(340, Math.max(220, width * 0.6))),
    marginLeft: 52,
    marginBottom: 44,
    x: { nice: true },
    y: { domain: [least - 0.2, most + 0.2], clamp: true },
    style: { background: 'none', fontSize: '12px', overflow: 'visible' },
    ariaLabel: `Accuracy against latency on ${device} of ${trained.length} networks`,
    marks: [
      frame({ stroke: 'var(--line)' }),
      axisX({ ...axis, label: `latency on ${device}, ms`, ticks: Math.max(3, Math.round(width / 90)) }),
      axisY({ ...axis, label: 'accuracy, %' }),
      ruleX(limitMs === null ? [] : [limitMs], {
        stroke: 'var(--bad)',
        strokeWidth: 2,
        strokeDasharray: '6 4',
      }),
      line(front, { x, y: 'accuracy', stroke: 'var(--accent)', strokeWidth: 1.5, curve: 'step-after' }),
      dot(trained, {
        x,
        y: 'accuracy',
        r: 3,
        fill: 'var(--quiet)',
        fillOpacity: 0.5,
        title: ({ architecture, accuracy, latencyMs }: Trained) =>
          `${architecture}\n${accuracy.toFixed(2)} %, ${formatMs(latencyMs[device])} ms`,
      }),
      dot(front, { x, y: 'accuracy', r: 4.5, fill: 'var(--accent)' }),
    ],
  });
}

/** Networks that none on this device is both faster and more accurate than, the fastest first. */
function frontOf(trained: readonly Trained[], device: string): Trained[] {
  const byLatency = [...trained].sort(
    (a, b) => a.latencyMs[device] - b.latencyMs[device] || b.accuracy - a.accuracy,
  );
  let best = Number.NEGATIVE_INFINITY;
  return byLatency.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}
