import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Two matrices whose product replaces one: `[rows, rank]` and `[rank, columns]`, row-major. */
export interface Factors {
  readonly rank: number;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/**
 * The singular value decomposition of a matrix. The nearest matrix of any rank follows from it (Eckart &
 * Young, Psychometrika 1, 1936).
 *
 * It is computed from the eigenvectors of the smaller of AᵀA and AAᵀ, which is four times as fast as from the
 * matrix itself. Double precision then loses singular values below 1e-7 of the greatest, which is also where
 * single precision ends.
 */
export class Decomposition {
  /** In descending order. */
  readonly singularValues: Float64Array;
  /**
   * `[rows, most]` and `[most, columns]`: the best factors of rank r are the first r columns of the one and
   * the first r rows of the other.
   */
  private readonly left: Matrix;
  private readonly right: Matrix;

  /** @param values `[rows, columns]`, row-major */
  constructor(
    values: Float32Array,
    readonly rows: number,
    readonly columns: number,
  ) {
    const whole = new Matrix(rows, columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) whole.set(i, j, values[i * columns + j]);
    }
    const isTall = rows >= columns;
    const turned = whole.transpose();
    const gram = isTall ? turned.mmul(whole) : whole.mmul(turned);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, {
      assumeSymmetric: true,
    });
    // They are in ascending order.
    const order = realEigenvalues.map((_, i) => realEigenvalues.length - 1 - i);
    this.singularValues = Float64Array.from(order, (i) => Math.sqrt(Math.max(0, realEigenvalues[i])));
    const vectors = eigenvectorMatrix.subMatrixColumn(order);
    this.left = isTall ? whole.mmul(vectors) : vectors;
    this.right = isTall ? vectors.transpose() : vectors.transpose().mmul(whole);
  }

  /** The best factors of a rank. The singular values are shared between them, so that both are of similar size. */
  factors(rank: number): Factors {
    const { rows, columns, singularValues } = this;
    const isTall = rows >= columns;
    const left = new Float32Array(rows * rank);
    const right = new Float32Array(rank * columns);
    for (let k = 0; k < rank; k++) {
      const root = Math.sqrt(singularValues[k]) || 1;
      const [toLeft, toRight] = isTall ? [1 / root, root] : [root, 1 / root];
      for (let i = 0; i < rows; i++) left[i * rank + k] = this.left.get(i, k) * toLeft;
      for (let j = 0; j < columns; j++) right[k * columns + j] = this.right.get(k, j) * toRight;
    }
    return { rank, left, right };
  }

  /** The share of the squared singular values that a rank keeps; 1 for a matrix of zeros. */
  energy(rank: number): number {
    const squares = this.singularValues.map((value) => value ** 2);
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    return sum(squares.subarray(0, rank)) / sum(squares) || 1;
  }
}

/** The product of factors, `[rows, columns]`. */
export function productOf({ rank, left, right }: Factors, rows: number, columns: number): Float32Array {
  const product = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += left[i * rank + k] * right[k * columns + j];
      product[i * columns + j] = sum;
    }
  }
  return product;
}
