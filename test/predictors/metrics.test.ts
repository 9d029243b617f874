import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/base/random.js';
import { kendall, meanAndStd, spearman, within } from '../../src/predictors/metrics.js';
import { scores } from '../../src/predictors/scores.js';

const floats = (...values: number[]) => Float64Array.from(values);

/** τ_b straight from its definition: every pair is looked at. */
function kendallByPairs(a: Float64Array, b: Float64Array): number {
  let [difference, untiedA, untiedB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i] - a[j]), Math.sign(b[i] - b[j])];
      difference += x * y;
      untiedA += x * x;
      untiedB += y * y;
    }
  }
  return untiedA * untiedB === 0 ? 0 : difference / Math.sqrt(untiedA * untiedB);
}

/** Spearman's rho with ranks counted pair by pair. */
function spearmanByPairs(a: Float64Array, b: Float64Array): number {
  const ranks = (of: Float64Array) =>
    of.map((x) => of.reduce((rank, y) => rank + (y < x ? 1 : y === x ? 0.5 : 0), 0) - of.length / 2);
  const [x, y] = [ranks(a), ranks(b)];
  const dot = (u: Float64Array, v: Float64Array) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  const norm = Math.sqrt(dot(x, x) * dot(y, y));
  return norm === 0 ? 0 : dot(x, y) / norm;
}

test('scores of four predictions, worked by hand', () => {
  // Errors: 0.5 %, 5 %, 12.5 % and none of the truth; 0.4975 %, 5.26 %, 11.1 % and none of the prediction.
  const {
    mape,
    medianError,
    spearman: rho,
    ...rest
  } = scores(floats(10.05, 19, 45, 50), floats(10, 20, 40, 50));
  assert.deepEqual(rest, {
    samples: 4,
    within1: 0.5,
    within5: 0.75,
    within10: 0.75,
    within1OfPrediction: 0.5,
    within5OfPrediction: 0.5,
    within10OfPrediction: 0.75,
    kendall: 1,
  });
  assert.ok(Math.abs(rho - 1) < 1e-12);
  assert.ok(Math.abs(mape - 0.045) < 1e-12);
  assert.ok(Math.abs(medianError - 0.0275) < 1e-12);
});

test('a tolerance is a share of the truth, or of the prediction', () => {
  // 9.5 are 9.5 % of 99.5, but 10.6 % of 90; 11 are 11 % of 100, but 9.9 % of 111.
  const [predicted, truth] = [floats(90, 111), floats(99.5, 100)];
  assert.deepEqual(
    [0, 1].map((i) => within(predicted.slice(i, i + 1), truth.slice(i, i + 1), 0.1)),
    [1, 0],
  );
  assert.deepEqual(
    [0, 1].map((i) => within(predicted.slice(i, i + 1), truth.slice(i, i + 1), 0.1, 'prediction')),
    [0, 1],
  );
});

test('rank correlations of the examples in the documentation of SciPy', () => {
  const rho = spearman(floats(1, 2, 3, 4, 5), floats(5, 6, 7, 8, 7));
  assert.ok(Math.abs(rho - 0.8207826816681233) < 1e-12);
  const tau = kendall(floats(12, 2, 1, 12, 2), floats(1, 4, 7, 1, 0));
  assert.ok(Math.abs(tau - -0.47140452079103173) < 1e-12);
});

test('rank correlations agree with counting pair by pair, ties included', () => {
  const pair = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 2, maxLength: 60 }), (pairs) => {
      const a = Float64Array.from(pairs, ([x]) => x);
      const b = Float64Array.from(pairs, ([, y]) => y);
      assert.ok(Math.abs(kendall(a, b) - kendallByPairs(a, b)) < 1e-12);
      assert.ok(Math.abs(spearman(a, b) - spearmanByPairs(a, b)) < 1e-12);
    }),
    { seed: 1 },
  );
});

test('rank correlations are 0 where one side has no order, and -1 for the reverse', () => {
  const [up, flat] = [floats(1, 2, 3), floats(4, 4, 4)];
  assert.deepEqual([spearman(up, flat), kendall(up, flat)], [0, 0]);
  assert.deepEqual([spearman(up, up.toReversed()), kendall(up, up.toReversed())], [-1, -1]);
});

test('15,000 values are scored in well under a second', () => {
  const random = new Random(1);
  const truth = Float64Array.from({ length: 15_000 }, () => 1 + Math.floor(60 * random.uniform()));
  const predicted = truth.map((ms) => ms * (0.9 + 0.2 * random.uniform()));
  const started = process.cpuUsage();
  scores(predicted, truth);
  assert.ok(process.cpuUsage(started).user < 1e6);
});

test('mean and spread are those of a sample', () => {
  assert.deepEqual(meanAndStd([2, 4, 6]), { mean: 4, std: 2 });
  assert.deepEqual(meanAndStd([0.7]), { mean: 0.7, std: 0 });
});
