import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import type { Samples } from '../../src/datasets/samples.js';
import { LATENCY } from '../../src/metrics/metric.js';
import {
  type ComparedTrial,
  type ComparisonProtocol,
  comparePredictors,
} from '../../src/predictors/comparison.js';
import { predictorNamed } from '../../src/predictors/registry.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';

const kinds = ['flops', 'lookup'].map(predictorNamed);
const protocol: ComparisonProtocol = {
  train: 60,
  valid: 10,
  seeds: 3,
  seed: 5,
  split: 'random',
  calibration: 0,
};
const task = { kinds, space, deadOperations: 'timed', protocol } as const;

/** Networks that take a millisecond for each of their operations that do something. */
function samples(count: number): Samples {
  const random = new Random(1);
  const architectures = Array.from({ length: count }, () => space.sample(random));
  const latencyMs = architectures.map(
    (a) => 1 + space.units(a).filter((unit) => /conv|pool/.test(unit)).length,
  );
  return { architectures, metric: LATENCY, values: Float64Array.from(latencyMs) };
}

test('trials that are known are not run again, and count as if they had been', async () => {
  const run: ComparedTrial[] = [];
  const onTrial = (trial: ComparedTrial) => void run.push(trial);
  const compare = (known?: (predictor: string, seed: number) => ComparedTrial | undefined) =>
    comparePredictors({ ...task, samples: samples(100), hooks: { known, onTrial } });
  const whole = await compare();
  const all = run.splice(0);
  assert.deepEqual(
    all.map(({ predictor, seed }) => `${predictor} ${seed}`),
    ['flops 5', 'flops 6', 'flops 7', 'lookup 5', 'lookup 6', 'lookup 7'],
  );
  const first = all.slice(0, 4);
  const gone = await compare((predictor, seed) =>
    first.find((t) => t.predictor === predictor && t.seed === seed),
  );
  assert.equal(run.length, 2);
  const scores = (of: typeof whole) => of.map(({ within10, spearman }) => [within10, spearman]);
  assert.deepEqual(scores(gone), scores(whole));
  assert.equal(whole[1].within1?.mean, 1);
  assert.equal(whole[0].coverage90, undefined, 'too few validation samples for intervals');
});

test('a protocol that leaves nothing to test on is refused with the numbers', async () => {
  await assert.rejects(
    comparePredictors({ ...task, samples: samples(71) }),
    (error) =>
      error instanceof InputError && /71 samples leave 1 to test on after 60 .* and 10/.test(error.message),
  );
});
