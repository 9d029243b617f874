import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Samples } from '../../../src/datasets/samples.js';
import { LATENCY } from '../../../src/metrics/metric.js';
import { heldOutResiduals, type OutOfFoldTask } from '../../../src/predictors/intervals/out-of-fold.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../../src/spaces/space.js';

/** The cells at these positions of the space, each taking its position plus one. */
function samples(from: number, to: number): Samples {
  const architectures = Array.from({ length: to - from }, (_, i) => nasbench201.at(from + i));
  return { architectures, metric: LATENCY, values: Float64Array.from(architectures, latencyOf) };
}
const latencyOf = (cell: Architecture) => nasbench201.indexOf(cell) + 1;

const E = Math.E;
const task: OutOfFoldTask = {
  space: nasbench201,
  train: samples(100, 190),
  valid: samples(200, 210),
  validPredicted: Float64Array.from(samples(200, 210).values, (ms) => ms * E),
  samples: 100,
  kind: 'random',
  seed: 1,
  async fit(train, ask) {
    const seen = new Set(train.architectures.map(latencyOf));
    assert.ok(ask.every((cell) => !seen.has(latencyOf(cell))));
    assert.equal(train.values.length, 80);
    return Float64Array.from(ask, (cell) => latencyOf(cell) / E ** 2);
  },
};

test('every sample is predicted once, by a fit that has not seen it', async () => {
  const told: string[] = [];
  const { positions, residuals } = await heldOutResiduals({
    ...task,
    onFold: (done, folds) => told.push(`${done}/${folds}`),
  });
  assert.deepEqual(
    positions.slice().sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i),
  );
  positions.forEach((position, i) => {
    assert.ok(Math.abs(residuals[i] - (position >= 90 ? -1 : 2)) < 1e-9);
  });
  assert.deepEqual([told[0], told.at(-1)], ['0/9', '9/9']);
});

test('no more fits than are needed for as many samples', async () => {
  const count = async (wanted: number) =>
    (await heldOutResiduals({ ...task, samples: wanted })).positions.length;
  assert.deepEqual([await count(0), await count(10), await count(11), await count(30)], [10, 10, 20, 30]);
});

test('a tiny validation part does not make for many fits', async () => {
  let fits = 0;
  const { positions } = await heldOutResiduals({
    ...task,
    valid: samples(200, 201),
    samples: 1000,
    async fit(_train, ask) {
      fits++;
      return Float64Array.from(ask, latencyOf);
    },
  });
  assert.equal(positions.length, 91);
  assert.ok(fits <= 10, `${fits}`);
});

test('an interrupted fit ends it with what there is', async () => {
  let fits = 0;
  const { positions } = await heldOutResiduals({
    ...task,
    fit: async (train, ask) => (fits++ === 0 ? task.fit(train, ask) : undefined),
  });
  assert.equal(positions.length, 20);
});

test('predictions that are no latencies count as far off', async () => {
  const { residuals } = await heldOutResiduals({
    ...task,
    samples: 0,
    validPredicted: Float64Array.of(-1, 0, Number.NaN, 204, 205, 206, 207, 208, 209, 210),
  });
  assert.deepEqual([...residuals.slice(0, 4)], [10, 10, 10, 1e-6]);
});
