import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Matrix, SVD } from 'ml-matrix';
import { Decomposition, productOf } from '../../src/compress/factors.js';
import { randoms } from './models.js';

/** Squared distance of two matrices. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

for (const [rows, columns] of [
  [30, 12],
  [12, 30],
]) {
  it(`of ${rows} × ${columns} are as near as any of their rank can be`, () => {
    const values = randoms(1, rows * columns);
    const own = new Decomposition(values, rows, columns);
    // ml-matrix decomposes the matrix itself (Golub & Reinsch), not the product with its transpose.
    const { diagonal } = new SVD(Matrix.from1DArray(rows, columns, Array.from(values)), {
      autoTranspose: true,
    });
    for (const [k, value] of diagonal.entries()) assert.ok(Math.abs(own.singularValues[k] - value) < 1e-9);
    const energy = diagonal.reduce((sum, value) => sum + value ** 2, 0);
    for (const rank of [1, 4, 11]) {
      // Eckart & Young: what is lost is what the left out singular values hold.
      const lost = diagonal.slice(rank).reduce((sum, value) => sum + value ** 2, 0);
      const factors = own.factors(rank);
      assert.equal(factors.left.length, rows * rank);
      assert.equal(factors.right.length, rank * columns);
      assert.ok(Math.abs(distance(productOf(factors, rows, columns), values) / lost - 1) < 1e-4);
      assert.ok(Math.abs(own.energy(rank) - (1 - lost / energy)) < 1e-9);
    }
    assert.ok(distance(productOf(own.factors(12), rows, columns), values) < 1e-10);
  });
}

it('of a matrix of zeros keep all of it, whatever the rank', () => {
  const zeros = new Decomposition(new Float32Array(12), 3, 4);
  assert.equal(zeros.energy(1), 1);
  assert.deepEqual(productOf(zeros.factors(1), 3, 4), new Float32Array(12));
});
