import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, formatCount, formatFigure } from '../../../server/page/format.js';

test('a duration never says 60 seconds', () => {
  const texts = [940, 59_940, 59_960, 119_400, 119_600, 3_599_700, 3_660_000].map(duration);
  assert.deepEqual(texts, [
    '0.9 s',
    '59.9 s',
    '1 min 0 s',
    '1 min 59 s',
    '2 min 0 s',
    '1 h 0 min',
    '1 h 1 min',
  ]);
});

test('milliseconds of a column are of one precision', () => {
  assert.deepEqual([9.57, 14, 0.6123, 0.61234, 1234.5, 12_345.6].map(formatFigure), [
    '9.570',
    '14.00',
    '0.6123',
    '0.6123',
    '1,235',
    '12,346',
  ]);
});

test('counts are in full, or a power of ten', () => {
  assert.deepEqual([15_625, 999_999_999, 1.04e11, 3.8e27].map(formatCount), [
    '15,625',
    '999,999,999',
    '1.0 × 10¹¹',
    '3.8 × 10²⁷',
  ]);
});
