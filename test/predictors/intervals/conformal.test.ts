import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { conformalHalfWidth } from '../../../src/predictors/intervals/conformal.js';

test('takes the ⌈(n + 1)·level⌉-th smallest residual', () => {
  const residuals = Float64Array.from([9, 1, 8, 2, 7, 3, 6, 4, 5]);
  assert.equal(conformalHalfWidth(residuals, 0.9), 9);
  assert.equal(conformalHalfWidth(residuals, 0.5), 5);
});

test('promises nothing finite where there are too few residuals', () => {
  assert.equal(conformalHalfWidth(Float64Array.from([1, 2, 3]), 0.9), Number.POSITIVE_INFINITY);
  assert.equal(conformalHalfWidth(new Float64Array(), 0.9), Number.POSITIVE_INFINITY);
});

test('covers its level on average over draws', () => {
  const random = new Random(1);
  let covered = 0;
  const draws = 4000;
  for (let draw = 0; draw < draws; draw++) {
    const residuals = Float64Array.from({ length: 19 }, () => random.uniform());
    if (random.uniform() <= conformalHalfWidth(residuals, 0.9)) covered++;
  }
  assert.ok(Math.abs(covered / draws - 0.9) < 0.02, `${covered / draws}`);
});
