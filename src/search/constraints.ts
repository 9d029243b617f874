import { InputError } from '../base/errors.js';
import { LATENCY, type Metric } from '../metrics/metric.js';
import type { SearchSpace } from '../spaces/space.js';
import { type Admission, CandidatePool } from './pool.js';

/** What a device's metric is of every candidate of a pool. */
export interface CandidateCost {
  readonly device: string;
  /** One of which less is better; latency, if absent. */
  readonly metric?: Metric;
  /** `[candidate]`, measured or predicted, in the metric's unit; infinite where it is not known. */
  readonly values: Float64Array;
  /**
   * `[candidate]`: what is held against a limit. The upper end of a prediction's interval, so that the margin is as
   * wide as that prediction is doubtful; the value itself where it is known.
   */
  readonly upper: Float64Array;
}

/** A value that no network of a search may exceed. */
export interface Limit extends CandidateCost {
  readonly most: number;
}

/** A cost's name in pools, logs and reports: the device for its latency, `energy of board in mJ` for all else. */
export function costName({ device, metric = LATENCY }: Pick<CandidateCost, 'device' | 'metric'>): string {
  return metric.name === LATENCY.name ? device : `${metric.name} of ${device} in ${metric.unit}`;
}

/** What a cost is of, and its unit, by its name: `energy of board` and `mJ`; of a device's latency `latency on board` and `ms`. */
export function costParts(name: string): { readonly what: string; readonly unit: string } {
  const [, what, unit] = /^(.+ of .+) in (\S+)$/.exec(name) ?? [];
  return what === undefined ? { what: `latency on ${name}`, unit: 'ms' } : { what, unit };
}

/** A cost as the axis of a plot, or a column, is labelled: `latency on board, ms`. */
export function costLabel(name: string): string {
  const { what, unit } = costParts(name);
  return `${what}, ${unit}`;
}

/**
 * The candidates that keep within all limits, with their values as costs, before any of them is trained.
 *
 * @param limitsOf the same limits for other candidates; without it networks that are not in the pool are not admitted
 * @throws InputError naming the least that there is if none does
 */
export function withinLimits(
  pool: CandidatePool,
  limits: readonly Limit[],
  limitsOf?: (others: CandidatePool) => Promise<readonly Limit[]>,
): CandidatePool {
  const costs = Object.fromEntries(limits.map((limit) => [costName(limit), limit.values]));
  const keeps = (candidate: number) => limits.every(({ upper, most }) => upper[candidate] <= most);
  const load = Float64Array.from(pool.architectures.keys(), (candidate) =>
    limits.reduce((greatest, { upper, most }) => Math.max(greatest, upper[candidate] / most), 0),
  );
  const admission = limitsOf && pool.admission && admissionWithin(pool.space, pool.admission, limitsOf);
  const kept = pool.restrictedTo(keeps, { ...pool.costs, ...costs }, { pool, load }, admission);
  if (kept.size > 0) return kept;
  const least = limits.map(({ device, metric = LATENCY, upper, most }) => {
    const fewest = upper.reduce((a, b) => Math.min(a, b)).toFixed(3);
    return metric.name === LATENCY.name
      ? `${device} at most ${most} ms, where the fastest takes ${fewest} ms`
      : `${metric.name} of ${device} at most ${most} ${metric.unit}, where the least is ${fewest} ${metric.unit}`;
  });
  throw new InputError(`no network keeps within ${least.join(' and ')}; raise the limit`);
}

/** What the pool without limits admits, as far as it keeps within them. */
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
      isWithin: isWithin && limits.every(({ upper, most }) => upper[i] <= most),
    }));
  };
}
