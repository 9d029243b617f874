/** A symmetric matrix's inverse, and the logarithm of its determinant. */
export interface SymmetricInverse {
  /** `[n, n]`, row by row. */
  readonly inverse: Float64Array;
  readonly logDeterminant: number;
}

/**
 * Inverse of a symmetric positive definite matrix by its Cholesky factor, in plain arrays: learning a device takes
 * hundreds of these, and on matrix objects each takes ten times as long.
 *
 * @param matrix `[n, n]`, row by row; overwritten
 */
export function invertSymmetric(matrix: Float64Array, n: number): SymmetricInverse {
  let logDeterminant = 0;
  // L, in the lower triangle.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k] * matrix[j * n + k];
      if (i > j) {
        matrix[i * n + j] = sum / matrix[j * n + j];
      } else {
        matrix[i * n + i] = Math.sqrt(Math.max(sum, 1e-300));
        logDeterminant += 2 * Math.log(matrix[i * n + i]);
      }
    }
  }
  // L⁻¹ transposed, so that the sums below run along rows.
  const factor = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    factor[j * n + j] = 1 / matrix[j * n + j];
    for (let i = j + 1; i < n; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= matrix[i * n + k] * factor[j * n + k];
      factor[j * n + i] = sum / matrix[i * n + i];
    }
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = j; k < n; k++) sum += factor[i * n + k] * factor[j * n + k];
      inverse[i * n + j] = inverse[j * n + i] = sum;
    }
  }
  return { inverse, logDeterminant };
}
