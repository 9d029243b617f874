import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noiseFloor, rankCeiling } from '../../bench/noise-floor.js';
import { Random } from '../../src/base/random.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { spearman } from '../../src/predictors/metrics.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';

const architectures = [...architecturesOf(space)];
const trueMs = Float64Array.from(
  architectures,
  (a) => 5 + space.units(a).filter((u) => /conv/.test(u)).length,
);

/** Measurements that scatter by a share. */
function measured(scatter: number): Float64Array {
  const random = new Random(1);
  return trueMs.map((ms) => ms * Math.exp(scatter * normal(random)));
}

/** About normally distributed. */
function normal(random: Random): number {
  return Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b) - 6;
}

test('twins tell what a perfect predictor could reach', () => {
  for (const scatter of [0.02, 0.1, 0.3]) {
    const samples = { architectures, metric: LATENCY, values: measured(scatter) };
    const close = samples.values.filter((ms, i) => Math.abs(Math.log(ms / trueMs[i])) < Math.log(1.1));
    const floor = noiseFloor(space, samples, 'timed');
    assert.ok(Math.abs(floor - close.length / architectures.length) < 0.03, `${scatter}: ${floor}`);
    const ceiling = rankCeiling(space, samples, 'timed');
    const perfect = spearman(trueMs, samples.values);
    assert.ok(Math.abs(ceiling - perfect) < 0.02, `${scatter}: ${ceiling} ${perfect}`);
  }
});
