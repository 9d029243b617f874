import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Architecture, SearchSpace } from '../../spaces/space.js';
import { Cholesky, LEAST_PIVOT } from '../cholesky.js';
import { unitsEncoding } from '../encodings/encoding.js';

/** A fitted linear model: predictions for new rows, and leave-one-out predictions for its own samples. */
export interface LinearFit {
  /**
   * @param x `[row, column]`
   * @returns `[row]`
   */
  predict(x: Matrix): Float64Array;
  /** `[sample]`. */
  readonly leaveOneOut: Float64Array;
}

/** Penalties to try, relative to the mean squared centred row. */
const PENALTIES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

/**
 * Ridge regression with a free constant, and the penalty with the smallest weighted leave-one-out error.
 *
 * @param x `[sample, column]`
 * @param y `[sample]`
 * @param weights `[sample]`, of the squared errors
 */
export function ridge(x: Matrix, y: Float64Array, weights: Float64Array): LinearFit {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const means = Array.from({ length: x.columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < x.rows; i++) sum += weights[i] * x.get(i, j);
    return sum / total;
  });
  const centre = y.reduce((sum, value, i) => sum + weights[i] * value, 0) / total;
  const centred = x.clone().subRowVector(means);
  const gram = centred.mmul(centred.transpose());
  const unit = gram.trace() / x.rows || 1;
  const residual = Matrix.columnVector(Array.from(y, (value) => value - centre));
  let best: { error: number; dual: Matrix; leaveOneOut: Float64Array } | undefined;
  for (const penalty of PENALTIES) {
    // In the leave-one-out identity, the constant is a column that is hardly penalised.
    const regularised = gram.clone();
    for (let i = 0; i < x.rows; i++)
      regularised.set(i, i, gram.get(i, i) + (penalty * unit * total) / (weights[i] * x.rows));
    const inverse = inverseOf(regularised);
    const dual = inverse.mmul(residual);
    const withConstant = inverseOf(regularised.add(1e4 * unit));
    const shifted = withConstant.mmul(residual);
    const leaveOneOut = y.map((value, i) => value - shifted.get(i, 0) / withConstant.get(i, i));
    const error = leaveOneOut.reduce((sum, p, i) => sum + weights[i] * (p - y[i]) ** 2, 0);
    if (!best || error < best.error) best = { error, dual, leaveOneOut };
  }
  const coefficients = centred.transpose().mmul(best!.dual);
  return {
    predict: (rows) =>
      Float64Array.from(rows.clone().subRowVector(means).mmul(coefficients).to1DArray(), (p) => p + centre),
    leaveOneOut: best!.leaveOneOut,
  };
}

function inverseOf(matrix: Matrix): Matrix {
  const inverse = Cholesky.of(Float64Array.from(matrix.to1DArray()), matrix.rows, LEAST_PIVOT).inverse();
  return Matrix.from1DArray(matrix.rows, matrix.rows, Array.from(inverse));
}

/**
 * A linear model of many samples, whose columns may be linearly dependent.
 *
 * @param x `[sample, column]`
 * @param y `[sample]`
 * @returns a function that predicts other rows
 */
export function leastSquares(x: Matrix, y: Float64Array): (rows: Matrix) => Float64Array {
  const withConstant = (rows: Matrix) => rows.clone().addColumn(Array<number>(rows.rows).fill(1));
  const design = withConstant(x);
  const normal = design.transpose().mmul(design);
  // So small that it only decides what the samples leave open.
  normal.add(Matrix.eye(normal.rows).mul((1e-9 * normal.trace()) / normal.rows));
  const right = design.transpose().mmul(Matrix.columnVector(y));
  const coefficients = new CholeskyDecomposition(normal).solve(right);
  return (rows) => Float64Array.from(withConstant(rows).mmul(coefficients).to1DArray());
}

/** How often each operation runs, `[architecture, unit]`. */
export function operationCounts(space: SearchSpace, executed: readonly Architecture[]): Matrix {
  const { x } = unitsEncoding.encode(space, executed);
  return Matrix.from1DArray(executed.length, space.unitNames.length, Array.from(x));
}

/** Weights that make squared errors relative to the latency. */
export function relativeWeights(values: Float64Array): Float64Array {
  return values.map((value) => value ** -2);
}
