import { totalCost } from '../../network/cost.js';
import type { OperatorGraph } from '../../network/graph.js';
import { nameOf } from '../../network/operator.js';
import { kernelsOn } from './devices.js';
import { type KernelShare, rooflineTimes } from './roofline.js';
import type { NetworkModel } from './saved.js';

/** A network's predicted latency on a device. Times are for a whole batch. */
export interface RooflinePrediction {
  readonly device: string;
  readonly batch: number;
  readonly latencyMs: number;
  /** Interval that contains 90 % of networks of unseen kin. */
  readonly lowMs: number;
  readonly highMs: number;
  /** Whether some multiply-accumulates are left out of the time, which is then a lower bound without an interval. */
  readonly isLeast: boolean;
  /**
   * Respects in which the prediction extrapolates: kernel kinds with their share of the time, or the batch
   * size. Empty if none.
   */
  readonly unfamiliar: readonly string[];
  /** Longest first. */
  readonly kernels: readonly KernelShare[];
}

/** Smallest share of the time in unmeasured kernel kinds that is reported. */
const LEAST_SHARE = 0.05;

/** @param batch images per call; by default the number with which most networks were measured */
export function predictNetwork(
  { device, card, roofline }: NetworkModel,
  graph: OperatorGraph,
  batch = device.usualBatch,
): RooflinePrediction {
  const kernels = rooflineTimes(roofline, kernelsOn(device, graph, batch));
  const totalUs = kernels.reduce((sum, { us, count }) => sum + us * count, 0);
  const known = new Set(roofline.kinds);
  const unknown = new Map<string, number>();
  for (const { kernel, us, count } of kernels)
    if (!known.has(kernel.kind))
      unknown.set(kernel.kind, (unknown.get(kernel.kind) ?? 0) + (us * count) / totalUs);
  const [fewest, most] = card.batch;
  const left = unmodelled(graph);
  return {
    device: device.name,
    batch,
    latencyMs: totalUs / 1000,
    lowMs: (totalUs / 1000) * card.interval.low,
    highMs: (totalUs / 1000) * card.interval.high,
    isLeast: left !== undefined && left.macs > 0,
    unfamiliar: [
      ...[...unknown]
        .filter(([, share]) => share >= LEAST_SHARE)
        .map(([kind, share]) => `kernels ${kind}: ${Math.round(100 * share)} % of the time`),
      ...(left ? [left.problem] : []),
      ...(batch < fewest || batch > most ? [`batch ${batch}: measured were ${fewest} to ${most}`] : []),
    ],
    kernels: kernels.toSorted((a, b) => b.us * b.count - a.us * a.count),
  };
}

/** Operators of files without a kernel here: their time is that of the tensors that they read and write. */
function unmodelled(graph: OperatorGraph): { problem: string; macs: number } | undefined {
  const names: string[] = [];
  let macs = 0;
  for (const name of graph.names()) {
    const operator = graph.operator(name);
    if (operator.kind !== 'other') continue;
    names.push(nameOf(operator));
    macs += graph.file(name)?.macs ?? 0;
  }
  if (names.length === 0) return undefined;
  const taken = `${[...new Set(names)].join(', ')}: ${names.length} operators, taken by the bytes that they read and write`;
  if (macs === 0) return { problem: taken, macs };
  const share = Math.round((100 * macs) / totalCost(graph).macs);
  return {
    problem: `${taken}, not by their multiply-accumulates, ${share} % of all: the time is too low`,
    macs,
  };
}

/** Number of calls and share of the time by kind, longest first. */
export function sharesByKind({ kernels, latencyMs }: Pick<RooflinePrediction, 'kernels' | 'latencyMs'>) {
  const byKind = new Map<string, { kind: string; calls: number; ms: number }>();
  for (const { kernel, count, us } of kernels) {
    const { kind } = kernel;
    const known = byKind.get(kind) ?? { kind, calls: 0, ms: 0 };
    byKind.set(kind, { kind, calls: known.calls + count, ms: known.ms + (us * count) / 1000 });
  }
  return [...byKind.values()]
    .map((row) => ({ ...row, share: row.ms / latencyMs }))
    .sort((a, b) => b.ms - a.ms);
}
