import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calibrationOf } from '../../../src/predictors/intervals/calibration.js';

const COUNT = 1000;
/** ln(measured / predicted) is even between ±ln 1.2, of which the 90 % interval leaves out a twentieth at each end. */
const ERROR = Math.log(1.2);
const spread = {
  level: 0.9,
  logLow: new Float32Array(COUNT).fill(-0.9 * ERROR),
  logHigh: new Float32Array(COUNT).fill(0.9 * ERROR),
  unfamiliarity: new Float32Array(COUNT),
};
/** Of that even distribution every share's quantile is as far along. */
const quantiles = [0.05, 0.5, 0.95].map((share) => ({ share, position: (share - 0.05) / 0.9 }));
const predicted = new Float64Array(COUNT).fill(10);
/** Measurements at even steps of the distribution, scattered `times` as wide. */
const measured = (times: number) =>
  Float64Array.from(predicted, (value, i) => value * Math.exp(times * ERROR * ((2 * i + 1) / COUNT - 1)));

for (const better of ['less', 'more'] as const) {
  test(`errors that follow the intervals are within limits as often as predicted, where ${better} is better`, () => {
    const bins = calibrationOf({ predicted, truth: measured(1), better }, spread, { quantiles })!;
    assert.deepEqual(
      bins.map((bin) => bin.predicted),
      [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95],
    );
    for (const bin of bins) assert.ok(Math.abs(bin.observed - bin.predicted) < 0.002, JSON.stringify(bin));
  });

  test(`errors twice as wide show as too much confidence, where ${better} is better`, () => {
    const bins = calibrationOf({ predicted, truth: measured(2), better }, spread, { quantiles })!;
    // A limit at ±x of errors that reach ±2 instead of ±1 is kept with 1/2 ± x/4 instead of 1/2 ± x/2.
    for (const { predicted: said, observed } of bins) {
      assert.ok(Math.abs(observed - (0.25 + said / 2)) < 0.002, `${said}: ${observed}`);
    }
  });
}

test('a handful of test networks shows nothing', () => {
  const few = { predicted: predicted.slice(0, 19), truth: measured(1).slice(0, 19), better: 'less' } as const;
  assert.equal(calibrationOf(few, spread, { quantiles }), undefined);
});
