import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { LATENCY } from '../../src/metrics/metric.js';
import { lookupKind } from '../../src/predictors/kinds/linear.js';
import { trainPredictor } from '../../src/predictors/train.js';
import { predictedCostOf } from '../../src/search/latency-source.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { smallPool } from './made-up.js';

test('of predictions, as many stay below their bound as its confidence says, on a device whose errors lean up', async () => {
  const folder = temporaryFolder();
  const random = new Random(1);
  const pool = smallPool();
  // A tenth of the measurements is disturbed.
  const measured = (a: Uint8Array) =>
    (1 + space.macs(a) / 1e7) *
    Math.exp(0.06 * (random.uniform() - 0.5) + (random.uniform() < 0.1 ? 0.3 : 0));
  const architectures = Array.from({ length: 800 }, () => space.sample(random));
  await trainPredictor(folder, {
    space,
    deadOperations: 'timed',
    device: 'board',
    facts: { description: 'made up', batchSize: 1, precision: 'fp32' },
    samples: { architectures, metric: LATENCY, values: Float64Array.from(architectures, measured) },
    data: { name: 'made up', source: 'test', licence: 'MIT', sha256: '0'.repeat(64) },
    kind: lookupKind,
    split: { kind: 'random', train: 600, valid: 100, seed: 1 },
    options: {},
  });
  const truth = Float64Array.from(pool.architectures, measured);
  let last: Float64Array = new Float64Array(pool.size);
  for (const confidence of [0.5, 0.7, 0.8, 0.85]) {
    const { worst: upperMs } = await predictedCostOf(pool, 'board', folder, { confidence });
    const below = truth.filter((ms, i) => ms <= upperMs[i]).length / pool.size;
    assert.ok(below > confidence - 0.07, `${below} of ${confidence}`);
    // Never below the prediction itself, which more than half may stay below.
    if (confidence > 0.5) assert.ok(below < confidence + 0.07, `${below} of ${confidence}`);
    assert.ok(upperMs.every((ms, i) => ms >= last[i]));
    last = upperMs;
  }
  const { worst: upperMs, values: latencyMs } = await predictedCostOf(pool, 'board', folder, { percent: 20 });
  assert.ok(upperMs.every((ms, i) => ms === latencyMs[i] * 1.2));
});
