import { median, sum } from 'simple-statistics';
import type { TimedKernel } from '../datasets/networks/kernel-table.js';
import { kernelKey } from '../runtimes/kernel.js';
import { kernelOf } from '../runtimes/kernel-of.js';
import { type NetworkProfile, type NodeProfile, runtimeNode } from './network-profile.js';

/** Operators that only give a tensor another shape: their time is the profiler's own cost. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** Shortest time assigned to a kernel, in microseconds: below it, whole microseconds less the overhead mean nothing. */
const LEAST_US = 0.2;

/** Fewest views whose median is more reliable than the usual value: a network's only Flatten is slow now and then. */
const LEAST_VIEWS = 5;

/** Times of a profile's views in microseconds: what the profiler adds to each node. */
export function viewsUs({ nodes }: NetworkProfile): number[] {
  return nodes.filter(({ operator }) => VIEWS.has(operator)).map(({ us }) => us);
}

/**
 * The time of each kernel of a network when no profiler runs. Subtracting the profiler's cost gives each
 * kernel's share of the time, and the network's undisturbed latency is divided by these shares. Equal kernels
 * are listed together.
 *
 * @param profiles of one network
 * @param latencyMs of the network, without the cost of a call that computes nothing
 * @param usualOverheadUs the profiler's cost per node, for networks with few views
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
  // Sessions execute independent nodes in different orders, so equal kernels are matched.
  return [...shares[shares.length - 1]].flatMap(([key, last]) =>
    last.map(({ kernel }, i) => ({
      kernel,
      us: median(shares.flatMap((share) => share.get(key)?.[i]?.us ?? [])),
    })),
  );
}

/** A network's kernels by key; equal ones in order. */
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
