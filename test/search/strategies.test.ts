import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strategyNamed } from '../../src/search/strategies/registry.js';

test('an option that is unknown, or whose value is not allowed, is told with what would be right', () => {
  const wrong: [string, Record<string, number | string | boolean>, RegExp][] = [
    ['random', { pace: 3 }, /strategy random has no option "pace"; it has none$/],
    ['evolution', { toString: 1 }, /no option "toString"; it has population, tournament$/],
    ['evolution', { population: 2.5 }, /population .* is 2.5; it must be a whole number from 1 to/],
    ['brp', { relation: 'foo' }, /relation of strategy brp is "foo"; .* one of binary, score, regression$/],
    ['brp', { alpha: 1.1 }, /alpha of strategy brp is 1.1; it must be a number from 0 to 1$/],
    ['brp', { alpha: Number.NaN }, /alpha .* is NaN/],
    ['brp', { samples: '20' }, /samples .* is "20"; it must be a whole number from 2/],
    ['brp', { warmStart: 1 }, /warmStart .* is 1; it must be true or false$/],
    ['gcn', { hidden: 1e9 }, /hidden of strategy gcn is 1000000000/],
    ['separate', { networkShare: -1 }, /networkShare of strategy separate is -1/],
  ];
  for (const [name, options, message] of wrong) {
    assert.throws(() => strategyNamed(name).optionsWith(options), message);
  }
});
