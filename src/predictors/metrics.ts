import { mean as meanOf, median, sampleRankCorrelation, sampleStandardDeviation } from 'simple-statistics';
import type { Spread } from './intervals/interval-model.js';
import type { Scores } from './saved/card.js';

/**
 * Share of predictions within a tolerance.
 *
 * @param of what the tolerance is a share of: the truth, or the prediction as BRP-NAS counts
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

/**
 * All scores of predictions against measurements.
 *
 * @param predicted `[architecture]`, ms
 * @param truth `[architecture]`, ms, at least two
 */
export function scores(predicted: Float64Array, truth: Float64Array): Scores {
  const errors = Array.from(truth, (t, i) => Math.abs(predicted[i] - t) / t);
  return {
    samples: truth.length,
    within1: within(predicted, truth, 0.01),
    within5: within(predicted, truth, 0.05),
    within10: within(predicted, truth, 0.1),
    within1OfPrediction: within(predicted, truth, 0.01, 'prediction'),
    within5OfPrediction: within(predicted, truth, 0.05, 'prediction'),
    within10OfPrediction: within(predicted, truth, 0.1, 'prediction'),
    mape: meanOf(errors),
    medianError: median(errors),
    spearman: spearman(predicted, truth),
    kendall: kendall(predicted, truth),
  };
}

/**
 * Share of measurements inside their interval, and the intervals' mean width as a share of the prediction.
 *
 * @param predicted `[architecture]`, ms
 * @param spread of the same architectures
 * @param truth `[architecture]`, ms
 */
export function coverage(
  predicted: Float64Array,
  { logLow, logHigh }: Spread,
  truth: Float64Array,
): Required<Pick<Scores, 'coverage90' | 'width90'>> {
  let inside = 0;
  let width = 0;
  for (let i = 0; i < truth.length; i++) {
    const log = Math.log(truth[i] / predicted[i]);
    if (logLow[i] <= log && log <= logHigh[i]) inside++;
    width += Math.exp(logHigh[i]) - Math.exp(logLow[i]);
  }
  return { coverage90: inside / truth.length, width90: width / truth.length };
}

/** Spearman's rank correlation, equal values sharing their mean rank; 0 where one side is constant. */
export function spearman(a: Float64Array, b: Float64Array): number {
  return sampleRankCorrelation(Array.from(a), Array.from(b)) || 0;
}

/**
 * Kendall's τ_b by Knight's method (JASA 61, 1966), O(n log n): sort by one side, count swaps of the other.
 * 0 where one side is constant.
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

/** Pairs inside the runs of equal neighbours. */
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

/** Merge sort in place; returns how many pairs stood in the wrong order. */
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

/** Mean and spread of a score over seeds. */
export function meanAndStd(values: readonly number[]): MeanAndStd {
  const std = values.length < 2 ? 0 : sampleStandardDeviation([...values]);
  return { mean: meanOf([...values]), std };
}
