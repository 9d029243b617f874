import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import type { Comparison } from '../../src/search/accuracy-predictor.js';
import { consistentScores, sortedByComparison } from '../../src/search/ranking.js';

const SIZE = 15_625;
const random = new Random(4);
const scores = Float64Array.from({ length: SIZE }, () => random.uniform());

test('where the comparison is consistent, sorting by it and ranking by mean win give one order', () => {
  const comparison: Comparison = { first: scores, second: scores.map((s) => -s) };
  const sorted = sortedByComparison([comparison]);
  const { mean, std } = consistentScores([comparison]);
  for (let i = 1; i < SIZE; i++) {
    assert.ok(scores[sorted[i - 1]] >= scores[sorted[i]]);
    assert.ok(mean[sorted[i - 1]] >= mean[sorted[i]]);
  }
  assert.ok(std.every((s) => s === 0));
});

test('a comparison that contradicts itself still sorts every candidate once', () => {
  // With i before j and j before i for most pairs.
  const noise = Float64Array.from({ length: SIZE }, () => random.uniform());
  const sorted = sortedByComparison([{ first: scores, second: noise }]);
  assert.equal(new Set(sorted).size, SIZE);
});

test('mean win orders candidates as counting their expected wins against all others does', () => {
  const [first, second] = [0, 1].map(() => Float64Array.from({ length: 50 }, () => random.uniform()));
  const { mean } = consistentScores([{ first, second }]);
  // Logit of i against j in both places: (fᵢ + gⱼ) - (fⱼ + gᵢ).
  const wins = Array.from(first, (f, i) =>
    Array.from(first, (_, j) => f + second[j] - (first[j] + second[i])).reduce((a, b) => a + b),
  );
  const order = (values: ArrayLike<number>) =>
    Array.from({ length: 50 }, (_, i) => i).sort((a, b) => values[b] - values[a]);
  assert.deepEqual(order(mean), order(wins));
});

test("members are averaged in their own scale, and their disagreement is the score's spread", () => {
  const one: Comparison = { first: scores, second: scores.map((s) => -s) };
  const thousandfold: Comparison = {
    first: scores.map((s) => 1000 * s),
    second: scores.map((s) => -1000 * s),
  };
  const opposite: Comparison = { first: scores.map((s) => -s), second: scores };
  assert.ok(consistentScores([one, thousandfold]).std.every((s) => s < 1e-9));
  const { mean, std } = consistentScores([one, opposite]);
  assert.ok(mean.every((m) => Math.abs(m) < 1e-9));
  assert.ok(Math.max(...std) > 1);
});
