import { quantileSorted } from 'simple-statistics';

/**
 * Mean of the values between the quartiles, with values at the quartiles weighted in proportion: neither slow
 * outliers nor a lucky run have an effect. A single value is its own mean.
 */
export function interquartileMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = sorted.length / 4;
  const weighted = sorted.map((value, i) => {
    const inside = Math.min(i + 1, sorted.length - cut) - Math.max(i, cut);
    return Math.max(0, inside) * value;
  });
  return weighted.reduce((sum, value) => sum + value, 0) / (sorted.length / 2);
}

/** Rounds to the six significant digits with which measurements are written. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

export interface Quartiles {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

export function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    q1: quantileSorted(sorted, 0.25),
    median: quantileSorted(sorted, 0.5),
    q3: quantileSorted(sorted, 0.75),
  };
}
