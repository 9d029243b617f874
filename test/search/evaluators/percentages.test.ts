import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { assertPercentages, inPercent, isShare } from '../../../src/search/evaluators/percentages.js';

const at = { file: 'acc.csv', column: 'top1' };

test('a table of shares is refused with what was probably meant', () => {
  assert.throws(
    () => assertPercentages(Float64Array.of(0.715, 0.9, 1), at),
    (error: unknown) =>
      error instanceof InputError && /column top1.*did you mean 71\.5 %/.test(error.message),
  );
});

test('percentages pass, also where some networks are at chance or learned nothing', () => {
  assertPercentages(Float64Array.of(0.1, 71.5), at);
  assertPercentages(Float64Array.of(0, 0.5), at);
  assert.ok(isShare(0.07) && !isShare(0) && !isShare(1.5));
  assert.match(inPercent(0.07), /mean 7 %/);
});
