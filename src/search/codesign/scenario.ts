import { InputError, quote } from '../../base/errors.js';

/** The metrics of a pair of network and accelerator. */
export interface PairMetrics {
  readonly accuracyPercent: number;
  readonly latencyMs: number;
  readonly areaMm2: number;
}

/** The goal of a joint search: weights of the metrics, and limits to keep. */
export interface Scenario {
  /** Not negative, with sum 1. */
  readonly weights: { readonly area: number; readonly latency: number; readonly accuracy: number };
  readonly limits: {
    readonly maxLatencyMs?: number;
    readonly maxAreaMm2?: number;
    readonly minAccuracyPercent?: number;
  };
}

/** The values that count as 0 and 1. */
export type Range = readonly [least: number, greatest: number];

/** The ranges of latency and area in a joint space; accuracies range from 0 to 100 %. */
export interface Ranges {
  readonly latencyMs: Range;
  readonly areaMm2: Range;
}

/** The largest punishment. */
const WORST = -1;

/**
 * Reward of a pair (Codesign-NAS, Abdelfattah et al., DAC 2020, section 2.2): the weighted sum of its
 * normalised accuracy, latency and area, each from 0 (worst) to 1 (best). If a limit is broken, a negative
 * punishment: the sum of the shares by which limits are broken, down to -1.
 */
export function rewardOf({ weights, limits }: Scenario, ranges: Ranges, pair: PairMetrics): number {
  const broken = violation(limits, pair);
  if (broken > 0) return Math.max(WORST, -broken);
  const cheapness = ([least, greatest]: Range, value: number) => (greatest - value) / (greatest - least || 1);
  return (
    (weights.accuracy * pair.accuracyPercent) / 100 +
    weights.latency * cheapness(ranges.latencyMs, pair.latencyMs) +
    weights.area * cheapness(ranges.areaMm2, pair.areaMm2)
  );
}

/** The sum of the shares by which limits are broken. Unknown metrics break none. */
export function violation(limits: Scenario['limits'], pair: Partial<PairMetrics>): number {
  const { maxLatencyMs, maxAreaMm2, minAccuracyPercent } = limits;
  const over = (value: number | undefined, limit: number | undefined) =>
    value === undefined || limit === undefined ? 0 : Math.max(0, value / limit - 1);
  const { accuracyPercent } = pair;
  const short =
    accuracyPercent === undefined || minAccuracyPercent === undefined
      ? 0
      : Math.max(0, 1 - accuracyPercent / minAccuracyPercent);
  return over(pair.latencyMs, maxLatencyMs) + over(pair.areaMm2, maxAreaMm2) + short;
}

/** How weights must be given. */
export const WEIGHTS_RULE =
  'the weights of area, latency and accuracy must be at least 0 and add up to 1, as in 0.1,0.8,0.1';

/** The weights of area, latency and accuracy, in this order; undefined if the numbers are not valid weights. */
export function weightsOf(numbers: readonly number[]): Scenario['weights'] | undefined {
  const sum = numbers.reduce((a, b) => a + b, 0);
  if (numbers.length !== 3 || numbers.some((weight) => !(weight >= 0)) || Math.abs(sum - 1) > 1e-9) {
    return undefined;
  }
  const [area, latency, accuracy] = numbers;
  return { area, latency, accuracy };
}

/**
 * Reads the weights of area, latency and accuracy from a text like `0.1,0.8,0.1`.
 *
 * @throws InputError if they are not three numbers of at least 0 that add up to 1
 */
export function parseWeights(text: string): Scenario['weights'] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const weights = weightsOf(numbers);
  if (!weights)
    throw new InputError(`${quote(text)} cannot be used: ${WEIGHTS_RULE}`, { field: '--codesign' });
  return weights;
}
