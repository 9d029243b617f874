import { mean as meanOf, sampleRankCorrelation, sampleStandardDeviation } from 'simple-statistics';

/**
 * Share of predictions within a tolerance.
 *
 * @param of what the tolerance is relative to: the truth, or the prediction as in BRP-NAS
 */
export function within(
  predicted: Float64Array,
  truth: Float64Array,
  tolerance: number,
  of: 'truth' | 'prediction' = 'truth',
): number {
  const base = of === 'truth' ? truth : predicted;
  let hits = 0;
  for (let i = 0; i < truth.length; i++) {
    if (Math.abs(predicted[i] - truth[i]) <= tolerance * base[i]) hits++;
  }
  return hits / truth.length;
}

/** Spearman's rank correlation; equal values share their mean rank. 0 if one side is constant. */
export function spearman(a: Float64Array, b: Float64Array): number {
  return sampleRankCorrelation(Array.from(a), Array.from(b)) || 0;
}

/**
 * Kendall's τ_b by Knight's method (JASA 61, 1966) in O(n log n): sort by one side, count swaps of the other.
 * 0 if one side is constant.
 */
export function kendall(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const order = Array.from(a.keys()).sort((i, j) => a[i] - a[j] || b[i] - b[j]);
  const pairs = (n * (n - 1)) / 2;
  const tiedA = tiedPairs(order, (i, j) => a[i] === a[j]);
  const tiedBoth = tiedPairs(order, (i, j) => a[i] === a[j] && b[i] === b[j]);
  const byB = Float64Array.from(order, (i) => b[i]);
  const swaps = sortCountingSwaps(byB);
  const tiedB = tiedPairs(Array.from(byB.keys()), (i, j) => byB[i] === byB[j]);
  const concordantMinusDiscordant = pairs - tiedA - tiedB + tiedBoth - 2 * swaps;
  return concordantMinusDiscordant / Math.sqrt((pairs - tiedA) * (pairs - tiedB)) || 0;
}

/** Number of pairs inside the runs of equal neighbours. */
function tiedPairs(order: readonly number[], equal: (i: number, j: number) => boolean): number {
  let pairs = 0;
  let run = 1;
  for (let k = 1; k <= order.length; k++) {
    if (k < order.length && equal(order[k - 1], order[k])) {
      run++;
    } else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Merge sort in place; returns the number of pairs that were in the wrong order. */
function sortCountingSwaps(values: Float64Array): number {
  let swaps = 0;
  const merged = new Float64Array(values.length);
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [left, right] = [start, middle];
      for (let k = start; k < end; k++) {
        if (right >= end || (left < middle && values[left] <= values[right])) {
          merged[k] = values[left++];
        } else {
          swaps += middle - left;
          merged[k] = values[right++];
        }
      }
    }
    values.set(merged);
  }
  return swaps;
}

/** A score over several seeds. */
export interface MeanAndStd {
  readonly mean: number;
  /** Sample standard deviation; 0 for a single value. */
  readonly std: number;
}

/** Mean and standard deviation of a score over seeds. */
export function meanAndStd(values: readonly number[]): MeanAndStd {
  const std = values.length < 2 ? 0 : sampleStandardDeviation([...values]);
  return { mean: meanOf([...values]), std };
}

/**
 * A score over seeds as text: `96.3 ± 0.2`.
 *
 * @param scale of the values shown: 100 for shares in percent
 */
export function plusMinus({ mean, std }: MeanAndStd, digits: number, scale = 1): string {
  return `${(scale * mean).toFixed(digits)} ± ${(scale * std).toFixed(digits)}`;
}
