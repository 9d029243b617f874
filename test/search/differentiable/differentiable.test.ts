import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { loadTfjs, tf } from '../../../src/nn/engines/tfjs.js';
import { withinLimits } from '../../../src/search/constraints.js';
import { type AscentTask, ascend } from '../../../src/search/differentiable/ascent.js';
import { MultilinearModel } from '../../../src/search/differentiable/multilinear.js';
import { fitSoftMlp } from '../../../src/search/differentiable/soft-mlp.js';
import { mostLikely, optionCount, type SoftModel } from '../../../src/search/differentiable/soft-model.js';
import { poolOfSpace } from '../../../src/search/pool.js';
import { runSearch } from '../../../src/search/run.js';
import { architecturesOf } from '../../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../../src/spaces/nasbench201/space.js';
import type { Architecture } from '../../../src/spaces/space.js';
import { madeUpAccuracy, madeUpEvaluator, searchWith } from '../made-up.js';

const all = [...architecturesOf(space)];
const width = optionCount(space);
/** Convolutions take time, two of them in a row even more. */
const latency = (a: Architecture) =>
  a.reduce((sum, option) => sum + [0, 0, 1, 3, 0.5][option], 2) + (a[0] === 3 && a[2] === 3 ? 4 : 0);
const random = new Random(4);
const sample = Array.from({ length: 300 }, () => space.sample(random));
const model = MultilinearModel.fit(space, sample, Float64Array.from(sample, latency));

before(loadTfjs);
const evaluate = (run: () => ReturnType<SoftModel['value']>) => tf.tidy(() => run().dataSync());

/** Shares of the options of each slot, drawn at random. */
function drawnChoice(): Float32Array {
  const choice = new Float32Array(width);
  for (let slot = 0; slot < 6; slot++) {
    const shares = Array.from({ length: 5 }, () => random.uniform() ** 2);
    const sum = shares.reduce((a, b) => a + b, 0);
    shares.forEach((share, option) => {
      choice[5 * slot + option] = share / sum;
    });
  }
  return choice;
}
const probability = (choice: Float32Array, a: Architecture) =>
  a.reduce((product, option, slot) => product * choice[5 * slot + option], 1);

test('a sum over choices and pairs of them is learned from few networks', () => {
  const [predicted, truth] = [model.predict(all), all.map(latency)];
  const worst = Math.max(...truth.map((ms, i) => Math.abs(predicted[i] - ms)));
  assert.ok(worst < 0.1, `${worst} ms off`);
});

test('more networks than choices and pairs are learned from alike, and in seconds', () => {
  const many = Array.from({ length: 8000 }, () => space.sample(random));
  const started = performance.now();
  const learned = MultilinearModel.fit(space, many, Float64Array.from(many, latency));
  assert.ok(performance.now() - started < 60_000);
  // 405 choices and pairs: at 400 samples their duals are solved for, at 410 the weights of the terms.
  const [below, above] = [400, 410].map((count) =>
    MultilinearModel.fit(space, many.slice(0, count), Float64Array.from(many.slice(0, count), latency)),
  );
  const truth = all.map(latency);
  for (const fitted of [below, above, learned]) {
    const predicted = fitted.predict(all);
    assert.ok(Math.max(...truth.map((ms, i) => Math.abs(predicted[i] - ms))) < 0.1);
  }
});

test('its value at a soft choice is the expectation over all 15,625 networks drawn by the shares', () => {
  const values = model.predict(all);
  for (let draw = 0; draw < 3; draw++) {
    const choice = drawnChoice();
    const expected = all.reduce((sum, a, i) => sum + probability(choice, a) * values[i], 0);
    const [soft] = evaluate(() => model.value(tf.tensor(choice, [1, width])));
    assert.ok(Math.abs(soft - expected) < 1e-4 * expected, `${soft} against ${expected}`);
  }
});

test("the neighbours' mean at a soft choice is that over all neighbours of all networks", () => {
  const values = model.predict(all);
  const rank = new Map(all.map((a, i) => [a.join(), i]));
  const choice = drawnChoice();
  const expected = all.reduce((sum, a) => {
    const around = space.neighbours(a);
    const mean = around.reduce((total, n) => total + values[rank.get(n.join())!], 0) / around.length;
    return sum + probability(choice, a) * mean;
  }, 0);
  const [soft] = evaluate(() => model.neighbourMean(tf.tensor(choice, [1, width])));
  assert.ok(Math.abs(soft - expected) < 1e-4 * expected, `${soft} against ${expected}`);
});

test('a perceptron knows networks well, and soft choices roughly', async () => {
  const perceptron = await fitSoftMlp(space, sample, Float64Array.from(sample, latency), 1);
  const choices = new Float32Array(all.length * width);
  all.forEach((a, row) => {
    a.forEach((option, slot) => {
      choices[row * width + 5 * slot + option] = 1;
    });
  });
  const predicted = evaluate(() => perceptron.value(tf.tensor(choices, [all.length, width])));
  const errors = all.map((a, i) => Math.abs(predicted[i] - latency(a)) / latency(a)).sort((a, b) => a - b);
  assert.ok(errors[all.length >> 1] < 0.05, `median ${errors[all.length >> 1]}`);
});

/** In about one standard deviation, 13 points. */
const quality = MultilinearModel.fit(
  space,
  sample,
  Float64Array.from(sample, (a) => madeUpAccuracy(a) / 13),
);
const task: AscentTask = {
  space,
  quality,
  flat: 0,
  rows: 4,
  steps: 200,
  learningRate: 0.1,
  temperatures: [1, 0.1],
};
const start = Float32Array.from({ length: 4 * width }, () => random.uniform() - 0.5);
const endsOf = (logits: Float32Array) =>
  [0, 1, 2, 3].map((row) => mostLikely(space, logits.subarray(row * width, (row + 1) * width)));

test('a step follows the gradient, by finite differences, and the shares of a slot add up to 1', async () => {
  const { logits, path } = await ascend({ ...task, rows: 1, steps: 1 }, start.subarray(0, width));
  const valueAt = (at: Float32Array) => {
    const [value] = evaluate(() => {
      const slots = tf.reshape(tf.tensor(at, [1, width]), [6, 5]);
      return quality.value(tf.reshape(tf.softmax(slots as ReturnType<typeof tf.tensor2d>), [1, width]));
    });
    return value;
  };
  for (let option = 0; option < width; option++) {
    const [up, down] = [start.slice(0, width), start.slice(0, width)];
    up[option] += 0.05;
    down[option] -= 0.05;
    const slope = valueAt(up) - valueAt(down);
    // The first step of Adam is the learning rate in the direction of the gradient.
    if (Math.abs(slope) > 5e-3) {
      assert.ok(Math.abs(logits[option] - start[option] - 0.1 * Math.sign(slope)) < 1e-3, `option ${option}`);
    }
  }
  for (let slot = 0; slot < 6; slot++) {
    const sum = path.subarray(5 * slot, 5 * slot + 5).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5);
  }
});

test('without a load every ascent ends at the best network of an additive quality', async () => {
  const { logits } = await ascend(task, start);
  for (const end of endsOf(logits)) assert.deepEqual([...end], [3, 3, 3, 3, 3, 3]);
});

test('dual ascent passes the best network within a limit that the best of all exceeds twice over', async () => {
  const limit = 10;
  const load = MultilinearModel.fit(
    space,
    sample,
    Float64Array.from(sample, (a) => latency(a) / limit),
  );
  const { path, weights } = await ascend({ ...task, load }, start);
  assert.ok(latency(Uint8Array.of(3, 3, 3, 3, 3, 3)) / limit > 2);
  assert.ok(weights.every((weight) => weight >= 0));
  const best = (networks: readonly Architecture[]) =>
    Math.max(...networks.filter((a) => latency(a) <= limit).map(madeUpAccuracy));
  const passed = Array.from({ length: path.length / width }, (_, i) =>
    mostLikely(space, path.subarray(i * width, (i + 1) * width)),
  );
  // The spread over networks is 13 points.
  assert.ok(best(passed) > best(all) - 2, `${best(passed)} of ${best(all)}`);
});

test('a larger fixed weight of the latency gives faster networks', async () => {
  const load = MultilinearModel.fit(
    space,
    sample,
    Float64Array.from(sample, (a) => latency(a) / 10),
  );
  const ends: number[] = [];
  for (const weight of [0, 0.7, 10]) {
    const { logits } = await ascend({ ...task, load, weight }, start);
    ends.push(endsOf(logits).reduce((sum, end) => sum + latency(end), 0) / 4);
  }
  assert.ok(ends[0] > ends[1] && ends[1] > ends[2], ends.join(' '));
});

for (const [name, options] of [
  ['la-darts', {}],
  ['la-darts', { latencyModel: 'mlp', lambda: 0.5 }],
  ['na-darts', {}],
] as const) {
  const title = `${name} ${Object.values(options).join(' ')}`.trim();
  test(`${title}: within a limit, 40 trained networks are better than 200 random ones`, async () => {
    const whole = poolOfSpace(space, 1);
    const ms = Float64Array.from(whole.architectures, latency);
    const pool = withinLimits(whole, [{ device: 'd', bound: 9, values: ms, worst: ms }]);
    const best = async (strategy: string, budget: number, given = {}) => {
      const search = searchWith(strategy, { pool, budget, options: given });
      await runSearch(search, madeUpEvaluator, { pool });
      assert.equal(search.trained, budget);
      for (const { candidate } of search.trials) assert.ok(latency(pool.architectures[candidate]) <= 9);
      return Math.max(
        ...search.trials.map(({ outcome }) => (outcome as { readonly accuracy: number }).accuracy),
      );
    };
    const [found, random] = [await best(name, 40, options), await best('random', 200)];
    assert.ok(found > random, `${found} against ${random}`);
  });
}
