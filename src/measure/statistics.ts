import { quantileSorted } from 'simple-statistics';

/**
 * Mean of what lies between the quartiles, values at the quartiles in proportion: neither slow outliers nor a
 * lucky run count. One value is its own mean.
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

/** To the six significant digits that measurements are written with. */
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
