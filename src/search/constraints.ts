import { InputError } from '../base/errors.js';
import { LATENCY, type Metric } from '../metrics/metric.js';
import type { SearchSpace } from '../spaces/space.js';
import { type Admission, CandidatePool } from './pool.js';

/** The values of a device's metric for every candidate of a pool. */
export interface CandidateCost {
  readonly device: string;
  /** Latency if absent. */
  readonly metric?: Metric;
  /**
   * `[candidate]`, measured or predicted, in the metric's unit. Unknown values are the worst possible:
   * infinite, or 0 if more is better.
   */
  readonly values: Float64Array;
  /**
   * `[candidate]`: the value that is compared with a limit. For a prediction it is the worse end of its
   * interval, so that uncertain predictions have a wider margin; for a known value, the value itself.
   */
  readonly worst: Float64Array;
}

/** A bound that no network of a search may exceed; if more is better, one that each must reach. */
export interface Limit extends CandidateCost {
  readonly bound: number;
}

/** The bound of a metric that is only an axis of the front: any known value is within it. */
export function unlimited({ better }: Pick<Metric, 'better'>): number {
  return better === 'less' ? Number.MAX_VALUE : Number.MIN_VALUE;
}

/** Suffix in the names of costs for which more is better. */
const GAIN = ' (more is better)';

/**
 * A cost's name in pools, logs and reports: the device for its latency, otherwise like `energy of board in
 * mJ` or `throughput of board in 1/s (more is better)`.
 */
export function costName({ device, metric = LATENCY }: Pick<CandidateCost, 'device' | 'metric'>): string {
  if (metric.name === LATENCY.name) return device;
  return `${metric.name} of ${device} in ${metric.unit}${metric.better === 'more' ? GAIN : ''}`;
}

/** Whether more of a cost is better, judging by its name. */
export function isGain(name: string): boolean {
  return name.endsWith(GAIN);
}

/**
 * Splits a cost's name into what it measures and the unit: `energy of board` and `mJ`, or for a device's
 * latency `latency on board` and `ms`.
 */
export function costParts(name: string): { readonly what: string; readonly unit: string } {
  const [, what, unit] =
    /^(.+ of .+) in (\S+)$/.exec(isGain(name) ? name.slice(0, -GAIN.length) : name) ?? [];
  return what === undefined ? { what: `latency on ${name}`, unit: 'ms' } : { what, unit };
}

/** The label of a cost on a plot's axis or a column: `latency on board, ms`. */
export function costLabel(name: string): string {
  const { what, unit } = costParts(name);
  return `${what}, ${unit}`;
}

/**
 * The candidates within all limits, with their values as costs, before any of them is trained.
 *
 * @param limitsOf the same limits for other candidates; without it, networks outside the pool are not
 *   admitted
 * @throws InputError that names the best value there is, if no candidate is within the limits
 */
export function withinLimits(
  pool: CandidatePool,
  limits: readonly Limit[],
  limitsOf?: (others: CandidatePool) => Promise<readonly Limit[]>,
): CandidatePool {
  const costs = Object.fromEntries(limits.map((limit) => [costName(limit), limit.values]));
  const keeps = (candidate: number) => limits.every((limit) => isKept(limit, candidate));
  const load = Float64Array.from(pool.architectures.keys(), (candidate) =>
    limits.reduce((greatest, { metric, worst, bound }) => {
      const share = worst[candidate] / bound;
      return Math.max(greatest, metric?.better === 'more' ? 1 / share : share);
    }, 0),
  );
  const admission = limitsOf && pool.admission && admissionWithin(pool.space, pool.admission, limitsOf);
  const kept = pool.restrictedTo(keeps, { ...pool.costs, ...costs }, { pool, load }, admission);
  if (kept.size > 0) return kept;
  const best = limits.map(({ device, metric = LATENCY, worst, bound }) => {
    const { name, unit, better } = metric;
    const fewest = worst.reduce((a, b) => Math.min(a, b)).toFixed(3);
    if (name === LATENCY.name)
      return `keeps within ${bound} ms on ${device}, where the fastest takes ${fewest} ms`;
    if (better === 'less') {
      return `keeps within ${bound} ${unit} of ${name} on ${device}, where the least is ${fewest} ${unit}`;
    }
    const greatest = worst.reduce((a, b) => Math.max(a, b)).toFixed(3);
    return `has at least ${bound} ${unit} of ${name} on ${device}, where the most is ${greatest} ${unit}`;
  });
  throw new InputError(`no network ${best.join(' and ')}; relax the limit`);
}

function isKept({ metric, worst, bound }: Limit, candidate: number): boolean {
  return metric?.better === 'more' ? worst[candidate] >= bound : worst[candidate] <= bound;
}

/** Admits what the unlimited pool admits, if it is within the limits. */
function admissionWithin(
  space: SearchSpace,
  unlimited: Admission,
  limitsOf: (others: CandidatePool) => Promise<readonly Limit[]>,
): Admission {
  return async (architectures) => {
    const admitted = await unlimited(architectures);
    const limits = await limitsOf(new CandidatePool(space, architectures));
    return admitted.map(({ costs, isWithin }, i) => ({
      costs: { ...costs, ...Object.fromEntries(limits.map((limit) => [costName(limit), limit.values[i]])) },
      isWithin: isWithin && limits.every((limit) => isKept(limit, i)),
    }));
  };
}
