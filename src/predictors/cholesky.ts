/** A least pivot for covariances, far below anything that is not rounding error. */
export const LEAST_PIVOT = 1e-300;

/**
 * Cholesky factors of symmetric positive definite matrices, flat and row-major. Fits factor matrices of some
 * hundred rows hundreds of times, for which general matrix classes with accessors are several times slower.
 */
export class Cholesky {
  private constructor(
    /** `[size, size]`, zero above the diagonal. */
    readonly lower: Float64Array,
    /** Number of rows. */
    readonly size: number,
  ) {}

  /** Wraps a factor that was computed before. */
  static ofLower(lower: Float64Array, size: number): Cholesky {
    return new Cholesky(lower, size);
  }

  /**
   * Factors a matrix.
   *
   * @param matrix `[size, size]`; only its lower triangle is read
   * @param leastPivot smallest square on the diagonal; smaller ones are raised to it, for matrices that
   *   rounding may make indefinite
   * @throws Error if the matrix is not positive definite, and no least pivot is given
   */
  static of(matrix: Float64Array, size: number, leastPivot = 0): Cholesky {
    const lower = matrix.slice();
    for (let i = 0; i < size; i++) {
      const row = i * size;
      for (let j = 0; j <= i; j++) {
        const other = j * size;
        let sum = lower[row + j];
        for (let k = 0; k < j; k++) sum -= lower[row + k] * lower[other + k];
        if (i !== j) lower[row + j] = sum / lower[other + j];
        else if (sum > 0 || leastPivot > 0) lower[row + i] = Math.sqrt(Math.max(sum, leastPivot));
        else throw new Error(`row ${i} of ${size} makes the matrix indefinite`);
      }
      lower.fill(0, row + i + 1, row + size);
    }
    return new Cholesky(lower, size);
  }

  /** L⁻¹·x. */
  forward(x: ArrayLike<number>): Float64Array {
    const { lower, size } = this;
    const y = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      const row = i * size;
      // Four sums at once, so that the processor need not wait for each addition.
      let a = x[i];
      let b = 0;
      let c = 0;
      let d = 0;
      let k = 0;
      for (; k + 3 < i; k += 4) {
        a -= lower[row + k] * y[k];
        b -= lower[row + k + 1] * y[k + 1];
        c -= lower[row + k + 2] * y[k + 2];
        d -= lower[row + k + 3] * y[k + 3];
      }
      for (; k < i; k++) a -= lower[row + k] * y[k];
      y[i] = (a + b + c + d) / lower[row + i];
    }
    return y;
  }

  /** L⁻ᵀ·x. */
  backward(x: ArrayLike<number>): Float64Array {
    const { lower, size } = this;
    const y = Float64Array.from(x);
    for (let i = size - 1; i >= 0; i--) {
      y[i] /= lower[i * size + i];
      const yi = y[i];
      for (let k = 0; k < i; k++) y[k] -= lower[i * size + k] * yi;
    }
    return y;
  }

  /** A⁻¹·x. */
  solve(x: ArrayLike<number>): Float64Array {
    return this.backward(this.forward(x));
  }

  /** A⁻¹ = L⁻ᵀ·L⁻¹, `[size, size]`. */
  inverse(): Float64Array {
    const { lower, size } = this;
    // L⁻ᵀ, so that the sums run along rows.
    const factor = new Float64Array(size * size);
    for (let j = 0; j < size; j++) {
      factor[j * size + j] = 1 / lower[j * size + j];
      for (let i = j + 1; i < size; i++) {
        let sum = 0;
        for (let k = j; k < i; k++) sum -= lower[i * size + k] * factor[j * size + k];
        factor[j * size + i] = sum / lower[i * size + i];
      }
    }
    const inverse = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        let sum = 0;
        for (let k = j; k < size; k++) sum += factor[i * size + k] * factor[j * size + k];
        inverse[i * size + j] = inverse[j * size + i] = sum;
      }
    }
    return inverse;
  }

  /** ln det A. */
  logDeterminant(): number {
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += Math.log(this.lower[i * this.size + i]);
    return 2 * sum;
  }
}

/** Adds weight·x·xᵀ to the lower triangle of a matrix, from row and column `at` on. */
export function addOuter(
  matrix: Float64Array,
  size: number,
  x: ArrayLike<number>,
  weight: number,
  at = 0,
  length = x.length,
): void {
  for (let i = 0; i < length; i++) {
    const scaled = weight * x[i];
    if (scaled === 0) continue;
    const row = (at + i) * size + at;
    for (let j = 0; j <= i; j++) matrix[row + j] += scaled * x[j];
  }
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
