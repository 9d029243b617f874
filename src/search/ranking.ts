import { mean, standardDeviation } from 'simple-statistics';
import type { Comparison } from './accuracy-predictor.js';

/**
 * Sorts the pool with the learned comparison, as BRP-NAS does. The comparison need not be transitive, so the
 * result depends on the initial order.
 *
 * @returns candidates, the best first
 */
export function sortedByComparison(comparisons: readonly Comparison[]): Uint32Array {
  const members = comparisons.length;
  const size = comparisons[0].first.length;
  const average = (of: (comparison: Comparison) => Float64Array) => {
    const values = new Float64Array(size);
    for (const comparison of comparisons) {
      const added = of(comparison);
      for (let i = 0; i < size; i++) values[i] += added[i] / members;
    }
    return values;
  };
  const first = average((c) => c.first);
  const second = average((c) => c.second);
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  return order.sort((a, b) => -(first[a] + second[b]));
}

/** An ensemble's scores: `[candidate]`, in standard deviations over the pool. */
export interface EnsembleScores {
  readonly mean: Float64Array;
  /** Standard deviation over members; 0 for a single member. */
  readonly std: Float64Array;
}

/**
 * A score per candidate that gives a consistent order: its average margin over all others, in both places of
 * a comparison. (With zᵢⱼ = fᵢ + gⱼ, this is fᵢ - gᵢ up to a constant.)
 */
export function consistentScores(comparisons: readonly Comparison[]): EnsembleScores {
  const size = comparisons[0].first.length;
  const perMember = comparisons.map(({ first, second }) => {
    const wins = Array.from(first, (f, i) => f - second[i]);
    const [centre, spread] = [mean(wins), standardDeviation(wins) || 1];
    return wins.map((win) => (win - centre) / spread);
  });
  const [average, std] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) {
    const values = perMember.map((scores) => scores[i]);
    average[i] = mean(values);
    std[i] = standardDeviation(values);
  }
  return { mean: average, std };
}
