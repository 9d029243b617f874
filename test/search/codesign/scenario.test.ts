import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseWeights, type Ranges, rewardOf, violation } from '../../../src/search/codesign/scenario.js';

const ranges: Ranges = { latencyMs: [1, 11], areaMm2: [50, 250] };
const pair = { accuracyPercent: 70, latencyMs: 6, areaMm2: 100 };
const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

describe('reward of a pair', () => {
  it('is the weighted sum of what is normalised, by hand for the three published scenarios', () => {
    const [unconstrained, latency, both] = ['0.1,0.8,0.1', '0.1,0,0.9', '0,1,0'].map(parseWeights);
    // Area (250 - 100) / 200 = 0.75, latency (11 - 6) / 10 = 0.5, accuracy 0.7.
    close(rewardOf({ weights: unconstrained, limits: {} }, ranges, pair), 0.075 + 0.4 + 0.07);
    close(rewardOf({ weights: latency, limits: { maxLatencyMs: 6 } }, ranges, pair), 0.075 + 0.63);
    const limits = { minAccuracyPercent: 70, maxAreaMm2: 100 };
    close(rewardOf({ weights: both, limits }, ranges, pair), 0.5);
  });

  it('is a punishment by how far limits are broken, always below what any pair within them has', () => {
    const weights = parseWeights('0.1,0.8,0.1');
    const of = (limits: Parameters<typeof violation>[0]) => rewardOf({ weights, limits }, ranges, pair);
    close(of({ maxLatencyMs: 4 }), -0.5);
    close(of({ maxAreaMm2: 80 }), -0.25);
    close(of({ minAccuracyPercent: 87.5 }), -0.2);
    close(of({ maxLatencyMs: 4, maxAreaMm2: 80, minAccuracyPercent: 87.5 }), -0.95);
    assert.equal(of({ maxLatencyMs: 0.1 }), -1);
    const worst = { accuracyPercent: 0, latencyMs: 11, areaMm2: 250 };
    assert.equal(rewardOf({ weights, limits: {} }, ranges, worst), 0);
  });

  it('does not count against a limit what is not known yet', () => {
    assert.equal(violation({ minAccuracyPercent: 90, maxAreaMm2: 100 }, { areaMm2: 100 }), 0);
  });

  it('needs three weights that add up to 1', () => {
    assert.deepEqual(parseWeights('0.1, 0.8,0.1'), { area: 0.1, latency: 0.8, accuracy: 0.1 });
    for (const text of ['', '1', '0.5,0.5', '0.5,0.5,0.5', '-0.5,1,0.5', '0.1,0.8,x', ',,1']) {
      assert.throws(() => parseWeights(text), { name: 'InputError' }, text);
    }
  });
});
