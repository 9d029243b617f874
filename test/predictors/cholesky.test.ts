import assert from 'node:assert/strict';
import { test } from 'node:test';
import { determinant, inverse, Matrix } from 'ml-matrix';
import { Random } from '../../src/base/random.js';
import { Cholesky } from '../../src/predictors/cholesky.js';

test("inverse and determinant are ml-matrix's", () => {
  const random = new Random(1);
  for (const n of [1, 2, 7, 20]) {
    const root = new Matrix(
      Array.from({ length: n }, () => Array.from({ length: n }, () => random.uniform())),
    );
    const matrix = root.mmul(root.transpose()).add(Matrix.eye(n).mul(0.1));
    const ours = Cholesky.of(Float64Array.from(matrix.to1DArray()), n);
    const own = ours.inverse();
    inverse(matrix)
      .to1DArray()
      .forEach((value, i) => {
        assert.ok(Math.abs(own[i] - value) < 1e-8 * n, `${own[i]} and ${value}`);
      });
    assert.ok(Math.abs(ours.logDeterminant() - Math.log(determinant(matrix))) < 1e-8 * n);
  }
});

test('a least pivot stands for what rounding has made negative; without one the matrix is refused', () => {
  const indefinite = Float64Array.of(1, 1, 1, 1 - 1e-12);
  assert.throws(() => Cholesky.of(indefinite, 2), /row 1 of 2 makes the matrix indefinite/);
  assert.deepEqual(Cholesky.of(indefinite, 2, 1e-4).lower, Float64Array.of(1, 0, 1, 1e-2));
});
