import { median, sum } from 'simple-statistics';
import type { TimedKernel } from '../datasets/networks/kernel-table.js';
import { kernelKey } from '../runtimes/kernel.js';
import { kernelOf } from '../runtimes/kernel-of.js';
import { type NetworkProfile, type NodeProfile, runtimeNode } from './network-profile.js';

/** Operators that only look at a tensor in another shape: what they take is the profiler's own cost. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** The shortest that a kernel is taken for, microseconds: below, whole microseconds less the overhead say nothing. */
const LEAST_US = 0.2;

/** Views of which the median says more than what is usual: the last Flatten of a network alone is slow now and then. */
const LEAST_VIEWS = 5;

/** What a profile's views take, microseconds: what the profiler adds to each node. */
export function viewsUs({ nodes }: NetworkProfile): number[] {
  return nodes.filter(({ operator }) => VIEWS.has(operator)).map(({ us }) => us);
}

/**
 * What each kernel of a network takes when nobody looks: the profiler's cost is subtracted, which leaves each kernel's
 * share, and the network's undisturbed latency is shared out. Equal kernels stand together.
 *
 * @param profiles of one network
 * @param latencyMs of the network, less what a call costs that computes nothing
 * @param usualOverheadUs the profiler's cost for a network with few views
 */
export function kernelTimes(
  profiles: readonly NetworkProfile[],
  latencyMs: number,
  usualOverheadUs: number,
): TimedKernel[] {
  const shares = profiles.map((profile) => {
    const views = viewsUs(profile);
    const overheadUs = views.length >= LEAST_VIEWS ? median(views) : usualOverheadUs;
    return byKernel(scaled(profile.nodes, overheadUs, 1000 * latencyMs));
  });
  // Each session puts nodes that don't depend on each other in an order of its own: equal kernels are matched.
  return [...shares[shares.length - 1]].flatMap(([key, last]) =>
    last.map(({ kernel }, i) => ({
      kernel,
      us: median(shares.flatMap((share) => share.get(key)?.[i]?.us ?? [])),
    })),
  );
}

/** A network's kernels by what they are; equal ones in their order. */
function byKernel(kernels: readonly TimedKernel[]): Map<string, TimedKernel[]> {
  const groups = new Map<string, TimedKernel[]>();
  for (const timed of kernels) {
    const key = kernelKey(timed.kernel);
    groups.set(key, [...(groups.get(key) ?? []), timed]);
  }
  return groups;
}

function scaled(nodes: readonly NodeProfile[], overheadUs: number, totalUs: number): TimedKernel[] {
  const times = nodes.map(({ us }) => Math.max(LEAST_US, us - overheadUs));
  const whole = sum(times);
  return nodes.map((node, i) => ({ kernel: kernelOf(runtimeNode(node)), us: (times[i] * totalUs) / whole }));
}
