import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { interquartileMean } from '../../src/measure/statistics.js';

test('the interquartile mean weighs values at the quartiles in proportion', () => {
  // Both examples are those of Wikipedia's article "Interquartile mean": the middle six of twelve values, and of
  // nine values three whole and three quarters of their neighbours.
  assert.equal(interquartileMean([5, 8, 4, 38, 8, 6, 9, 7, 7, 3, 1, 6]), 6.5);
  assert.equal(interquartileMean([1, 3, 5, 7, 9, 11, 13, 15, 17]), 9);
  assert.equal(interquartileMean([4]), 4);
  assert.equal(interquartileMean([4, 6]), 5);
});

test('a quarter of the values may be anything', () => {
  const values = fc.array(fc.double({ min: 1, max: 2, noNaN: true }), { minLength: 8, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.double({ min: 1, max: 1e9, noNaN: true }), (list, outlier) => {
      const spoiled = list.map((value, i) => (i < Math.floor(list.length / 4) ? outlier : value));
      const mean = interquartileMean(spoiled);
      assert.ok(mean >= 1 && mean <= 2 + 1e-9, `${mean}`);
    }),
  );
});
