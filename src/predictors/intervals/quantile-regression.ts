import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { quantile } from 'simple-statistics';

/** Weight of the prior that choices make no difference, in samples. */
const PRIOR = 30;
const ITERATIONS = 20;
/** Residuals below this count as zero; it keeps the majoriser's weights finite. */
const SMOOTHING = 0.02;

/** A quantile of y as a function of which columns of a row are 1. */
export interface QuantileModel {
  readonly intercept: number;
  /** `[column]` */
  readonly weights: Float64Array;
}

/**
 * Ridge-penalised linear quantile regression on indicator columns. The check loss is minimised by
 * majorisation: each step is a weighted least-squares fit (Hunter & Lange, J. Comput. Graph. Stat. 9, 2000,
 * §3).
 *
 * @param rows `[sample][…]`, the columns that are 1
 * @param columns number of columns
 * @param y `[sample]`
 * @param level of the quantile, between 0 and 1
 */
export function fitQuantile(
  rows: readonly Uint32Array[],
  columns: number,
  y: Float64Array,
  level: number,
): QuantileModel {
  const size = columns + 1;
  let solution = new Float64Array(size);
  solution[columns] = quantile(Array.from(y), level);
  const withIntercept = rows.map((row) => Uint32Array.of(...row, columns));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const normal = Matrix.zeros(size, size);
    const right = Matrix.zeros(size, 1);
    for (let k = 0; k < columns; k++) normal.set(k, k, PRIOR);
    withIntercept.forEach((row, i) => {
      let residual = y[i];
      for (const k of row) residual -= solution[k];
      const weight = 1 / (2 * (SMOOTHING + Math.abs(residual)));
      const pull = weight * y[i] + level - 0.5;
      for (const k of row) {
        right.set(k, 0, right.get(k, 0) + pull);
        for (const l of row) normal.set(k, l, normal.get(k, l) + weight);
      }
    });
    solution = Float64Array.from(new CholeskyDecomposition(normal).solve(right).to1DArray());
  }
  return { intercept: solution[columns], weights: solution.subarray(0, columns) };
}
