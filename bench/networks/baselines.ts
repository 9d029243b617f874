import { Cholesky } from '../../src/predictors/cholesky.js';
import type { TimedNetwork } from '../../src/predictors/kernels/timed-network.js';

/**
 * The line of least squared relative error with coefficients of at least zero, by an active set: the most negative
 * coefficient is left out until none is negative.
 */
export function nonNegativeLine(
  known: readonly TimedNetwork[],
  features: (network: TimedNetwork) => readonly number[],
): (network: TimedNetwork) => number {
  const rows = known.map((network) => ({ x: features(network), y: network.totalUs ?? Number.NaN }));
  let kept = rows[0].x.map((_, i) => i);
  for (;;) {
    const size = kept.length;
    const matrix = new Float64Array(size * size);
    const right = new Float64Array(size);
    for (const { x, y } of rows) {
      for (let i = 0; i < size; i++) {
        right[i] += x[kept[i]] / y;
        for (let j = 0; j <= i; j++) matrix[i * size + j] += (x[kept[i]] * x[kept[j]]) / y ** 2;
      }
    }
    for (let i = 0; i < size; i++) matrix[i * size + i] *= 1 + 1e-9;
    const solution = Cholesky.of(matrix, size).solve(right);
    const worst = solution.indexOf(Math.min(...solution));
    if (solution[worst] >= 0) {
      const columns = kept;
      return (network) => {
        const x = features(network);
        return columns.reduce((sum, column, i) => sum + solution[i] * x[column], 0);
      };
    }
    kept = kept.filter((_, i) => i !== worst);
  }
}
