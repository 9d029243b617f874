import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowerLog, probabilityWithin } from '../../../src/predictors/intervals/within-limit.js';

/** A prediction of 10 whose measurements scatter by up to ln 1.2 to either side. */
const spread = {
  level: 0.9,
  logLow: Float32Array.of(-Math.log(1.2)),
  logHigh: Float32Array.of(Math.log(1.2)),
  unfamiliarity: Float32Array.of(0),
};
const upper = [
  { share: 0.5, multiple: 0 },
  { share: 0.8, multiple: 0.5 },
  { share: 0.95, multiple: 1 },
];
const within = (limit: number, better: 'less' | 'more' = 'less') =>
  probabilityWithin(spread, 0, upper, { value: 10, limit, better });

test('at the calibrated ends it is their share', () => {
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} ${b}`);
  close(within(12.1), 0.975);
  close(within(12 * (1 - 1e-7)), 0.95);
  close(within(10), 0.5);
  close(within(10 * Math.sqrt(1.2)), 0.8);
  close(within((10 / 1.2) * (1 + 1e-7)), 0.05);
});

test('it never falls as the limit rises, and is never certain', () => {
  const limits = Array.from({ length: 200 }, (_, k) => 5 + k / 10);
  const all = limits.map((limit) => within(limit));
  assert.ok(all.every((p, k) => k === 0 || p >= all[k - 1]));
  assert.ok(Math.abs(all[0] - 0.025) < 1e-9 && Math.abs(all[199] - 0.975) < 1e-9);
});

test('where more is better, within is at least: the other side of the same quantiles', () => {
  for (const limit of [5, 9, 10, 11, 15]) {
    assert.ok(Math.abs(within(limit, 'more') + within(limit) - 1) < 1e-12);
  }
  for (const share of [0.5, 0.6, 0.8, 0.94]) {
    const bound = 10 * Math.exp(lowerLog(spread, 0, upper, share));
    assert.ok(Math.abs(within(bound * (1 + 1e-9), 'more') - share) < 1e-6, `${share} stay above ${bound}`);
  }
  assert.equal(lowerLog(spread, 0, undefined, 0.8), spread.logLow[0]);
});
