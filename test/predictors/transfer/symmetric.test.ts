import assert from 'node:assert/strict';
import { test } from 'node:test';
import { determinant, inverse, Matrix } from 'ml-matrix';
import { Random } from '../../../src/base/random.js';
import { invertSymmetric } from '../../../src/predictors/transfer/symmetric.js';

test("inverse and determinant are ml-matrix's", () => {
  const random = new Random(1);
  for (const n of [1, 2, 7, 20]) {
    const root = new Matrix(
      Array.from({ length: n }, () => Array.from({ length: n }, () => random.uniform())),
    );
    const matrix = root.mmul(root.transpose()).add(Matrix.eye(n).mul(0.1));
    const ours = invertSymmetric(Float64Array.from(matrix.to1DArray()), n);
    inverse(matrix)
      .to1DArray()
      .forEach((value, i) => {
        assert.ok(Math.abs(ours.inverse[i] - value) < 1e-8 * n, `${ours.inverse[i]} and ${value}`);
      });
    assert.ok(Math.abs(ours.logDeterminant - Math.log(determinant(matrix))) < 1e-8 * n);
  }
});
