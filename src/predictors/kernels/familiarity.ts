import { kernelKey } from '../../runtimes/kernel.js';
import { CLOCK_US } from './fit-rates.js';
import type { NetworkTime } from './kernels-model.js';
import { KNOWN_FROM } from './known-from.js';
import type { TimedNetwork } from './timed-network.js';

/**
 * Largest share of the predicted time that may be in unknown kinds, in shapes far from the profiled ones, or
 * within the clock's resolution for a network to be familiar.
 */
export const FAMILIAR_SHARE = 0.05;
/** Standard deviation of a kernel's log time above which its shape is far from all profiled ones. */
const FAR = 0.3;
/** Factor by which a latency may exceed the measured range. */
const BEYOND = 1.5;

/** The facts about a device's measurements that familiarity depends on. */
export interface Evidence {
  /** Number of distinct kernels by kind. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Smallest and largest total in microseconds. */
  readonly rangeUs: readonly [least: number, greatest: number];
}

export interface UnfamiliarKind {
  readonly kind: string;
  /** Share of the predicted time. */
  readonly share: number;
  /** Number of distinct kernels of this kind that were measured. */
  readonly measured: number;
}

/** How a network differs from the measured ones. */
export interface Familiarity {
  readonly familiar: boolean;
  /** Largest share first. */
  readonly kinds: readonly UnfamiliarKind[];
  /** Share of the predicted time in kernels of known kinds, but of shapes unlike those measured. */
  readonly farShare: number;
  /** Share of the predicted time that the resolution of the profiler's clock amounts to, over all kernels. */
  readonly clockShare: number;
  /** Whether the prediction is outside the range of measured latencies. */
  readonly outOfRange: boolean;
}

export function evidenceOf(networks: readonly TimedNetwork[]): Evidence {
  const kinds = new Map<string, Set<string>>();
  for (const kernel of networks.flatMap((network) => network.kernels)) {
    const known = kinds.get(kernel.kind) ?? new Set();
    kinds.set(kernel.kind, known.add(kernelKey(kernel)));
  }
  const totals = networks.flatMap(({ totalUs }) => totalUs ?? []);
  return {
    kinds: new Map([...kinds].map(([kind, keys]) => [kind, keys.size])),
    rangeUs: [Math.min(...totals), Math.max(...totals)],
  };
}

export function familiarityOf({ kinds, rangeUs }: Evidence, { totalUs, kernels }: NetworkTime): Familiarity {
  const unknown = new Map<string, number>();
  let far = 0;
  for (const { kernel, count, us, logStd } of kernels) {
    if ((kinds.get(kernel.kind) ?? 0) < KNOWN_FROM) {
      unknown.set(kernel.kind, (unknown.get(kernel.kind) ?? 0) + count * us);
    } else if (logStd > FAR) far += count * us;
  }
  const unfamiliarUs = [...unknown.values()].reduce((sum, us) => sum + us, 0);
  const clockUs = kernels.reduce((sum, { count }) => sum + count * CLOCK_US, 0);
  const outOfRange = totalUs > BEYOND * rangeUs[1] || totalUs * BEYOND < rangeUs[0];
  return {
    familiar: Math.max(unfamiliarUs + far, clockUs) / totalUs < FAMILIAR_SHARE && !outOfRange,
    kinds: [...unknown]
      .map(([kind, us]) => ({ kind, share: us / totalUs, measured: kinds.get(kind) ?? 0 }))
      .sort((a, b) => b.share - a.share),
    farShare: far / totalUs,
    clockShare: clockUs / totalUs,
    outOfRange,
  };
}
