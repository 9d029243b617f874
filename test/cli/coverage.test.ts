import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageWarning } from '../../cli/coverage.js';

test('90 % intervals that cover 52.2 % of a test are warned of, by name and number', () => {
  assert.match(
    coverageWarning('pi5', { coverage90: 0.522, samples: 500 })!,
    /^warning: pi5: .* cover 52\.2 % of/,
  );
  assert.match(coverageWarning('pi5', { coverage90: 0.79, samples: 50 })!, /79\.0 %/);
  assert.equal(coverageWarning('pi5', { coverage90: 0.81, samples: 500 }), undefined);
  assert.equal(coverageWarning('pi5', { coverage90: 0.99, samples: 500 }), undefined);
});

test('without intervals, a test, or fifty samples in it there is nothing to warn of', () => {
  assert.equal(coverageWarning('pi5', { coverage90: 0.522, samples: 49 }), undefined);
  assert.equal(coverageWarning('pi5', { coverage90: undefined, samples: 500 }), undefined);
  assert.equal(coverageWarning('pi5', null), undefined);
});
