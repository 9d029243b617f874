import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { kendall } from '../../src/predictors/metrics.js';
import { AccuracyPredictor, type AccuracyPredictorOptions } from '../../src/search/accuracy-predictor.js';
import { consistentScores } from '../../src/search/ranking.js';
import { publishedSearch } from '../../src/search/strategies/brp-paper.js';
import { madeUpAccuracy, smallPool } from './made-up.js';

const pool = smallPool();
const truth = Float64Array.from(pool.architectures, madeUpAccuracy);
const options: AccuracyPredictorOptions = { ...publishedSearch, hidden: 24, layers: 3, steps: 80 };
const samples = (count: number, values: Float64Array = truth) =>
  [...new Random(7).permutation(pool.size).subarray(0, count)].map((candidate) => ({
    candidate,
    value: values[candidate],
  }));

/** Kendall's τ over the whole pool after learning from some of it. */
async function quality(
  count: number,
  given: Partial<AccuracyPredictorOptions> = {},
  { proxies = [], pretraining }: { proxies?: Float64Array[]; pretraining?: Float64Array } = {},
): Promise<number> {
  const predictor = new AccuracyPredictor(pool, { ...options, ...given }, 3, proxies);
  if (pretraining) await predictor.pretrain(samples(400, pretraining));
  return kendall(consistentScores(await predictor.fit(samples(count), 0)).mean, truth);
}

for (const relation of ['binary', 'score', 'regression'] as const) {
  test(`${relation}: learns from 50 networks to order 600`, async () => {
    const tau = await quality(50, { relation });
    assert.ok(tau > 0.6, `Kendall ${tau}`);
  });
}

test('a proxy that tells the accuracy is used', async () => {
  const steps = { steps: 200 };
  const [without, withProxy] = [await quality(12, steps), await quality(12, steps, { proxies: [truth] })];
  assert.ok(withProxy > without + 0.05, `${withProxy} with, ${without} without`);
});

test('a body pretrained on a related quantity helps where little has been trained', async () => {
  const related = truth.map((value) => Math.log(value + 20));
  const [without, pretrained] = [
    await quality(12, { relation: 'regression' }),
    await quality(12, { relation: 'regression' }, { pretraining: related }),
  ];
  assert.ok(pretrained > without, `${pretrained} pretrained, ${without} not`);
});

test('an ensemble has a comparison per member, and they differ', async () => {
  const predictor = new AccuracyPredictor(pool, { ...options, members: 3 }, 1);
  const comparisons = await predictor.fit(samples(30), 0);
  assert.equal(comparisons.length, 3);
  assert.ok(consistentScores(comparisons).std.some((s) => s > 0.05));
});

test('the same seed gives the same comparison; a warm start goes on from the weights before', async () => {
  const fits = async (warmStart: boolean) => {
    const predictor = new AccuracyPredictor(pool, { ...options, warmStart }, 1);
    return [await predictor.fit(samples(20), 0), await predictor.fit(samples(30), 1)];
  };
  const [a, b, cold] = [await fits(true), await fits(true), await fits(false)];
  assert.deepEqual(a, b);
  assert.deepEqual(a[0], cold[0]);
  assert.notDeepEqual(a[1], cold[1]);
});
