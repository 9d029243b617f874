import { InputError } from '../base/errors.js';
import type { CandidatePool } from './pool.js';

/** A latency that no network of a search may exceed. */
export interface LatencyLimit {
  readonly device: string;
  readonly maxMs: number;
  /** `[candidate]`, measured or predicted, ms. */
  readonly latencyMs: Float64Array;
  /**
   * `[candidate]`, ms: what is held against the limit. The upper end of a prediction's interval, so that the margin
   * is as wide as that prediction is doubtful; the latency itself where it is known.
   */
  readonly upperMs: Float64Array;
}

/**
 * The candidates that keep within all limits, with their latencies as costs, before any of them is trained.
 *
 * @throws InputError naming the fastest network if none does
 */
export function withinLimits(pool: CandidatePool, limits: readonly LatencyLimit[]): CandidatePool {
  const costs = Object.fromEntries(limits.map(({ device, latencyMs }) => [device, latencyMs]));
  const keeps = (candidate: number) => limits.every(({ upperMs, maxMs }) => upperMs[candidate] <= maxMs);
  const load = Float64Array.from(pool.architectures.keys(), (candidate) =>
    limits.reduce((most, { upperMs, maxMs }) => Math.max(most, upperMs[candidate] / maxMs), 0),
  );
  const kept = pool.restrictedTo(keeps, { ...pool.costs, ...costs }, { pool, load });
  if (kept.size > 0) return kept;
  const fastest = limits.map(({ device, upperMs, maxMs }) => {
    const least = upperMs.reduce((a, b) => Math.min(a, b));
    return `${device} at most ${maxMs} ms, where the fastest takes ${least.toFixed(3)} ms`;
  });
  throw new InputError(`no network keeps within ${fastest.join(' and ')}; raise the limit`);
}
