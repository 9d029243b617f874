import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { type EngineTask, freshState } from '../../../src/nn/engines/engine.js';
import { createOnnxEngine } from '../../../src/nn/engines/onnx-engine.js';
import { planEpoch } from '../../../src/nn/engines/plans.js';
import { createTfjsEngine } from '../../../src/nn/engines/tfjs-engine.js';
import { initialParameters } from '../../../src/nn/network.js';
import { Controller, type ControllerOptions } from '../../../src/search/controller/controller.js';
import { offsetsOf, policyNetwork } from '../../../src/search/controller/policy-network.js';

const open: Controller[] = [];
after(() => Promise.all(open.map((controller) => controller.release())));

function controller(given: Partial<ControllerOptions> = {}): Controller {
  const made = new Controller({
    steps: [2, 3, 4],
    hidden: 8,
    seed: 1,
    learningRate: 0.02,
    entropy: 0,
    ...given,
  });
  open.push(made);
  return made;
}

/** All decisions there are. */
function everyChoice(steps: readonly number[]): number[][] {
  return steps.reduce<number[][]>(
    (all, options) => all.flatMap((begun) => Array.from({ length: options }, (_, k) => [...begun, k])),
    [[]],
  );
}

test('at first all decisions are equally likely', async () => {
  for (const choices of [
    [0, 0, 0],
    [1, 2, 3],
  ]) {
    const likelihood = Math.exp(await controller().logProbability(choices));
    assert.ok(Math.abs(likelihood - 1 / 24) < 1e-6);
  }
});

test('after learning, probabilities still add up to one and are those of the draws', async () => {
  const steps = [2, 3, 4];
  const learner = controller({ steps });
  const random = new Random(3);
  for (let step = 0; step < 40; step++) {
    const { choices, logProbability } = await learner.sample(random);
    assert.ok(Math.abs(logProbability - (await learner.logProbability(choices))) < 1e-5);
    // The last decision pays if it follows the first: only a policy that sees its past can learn that.
    await learner.reinforce(choices, choices[2] === choices[0] ? 1 : -0.3);
  }
  const expected = new Map<string, number>();
  for (const choices of everyChoice(steps)) {
    expected.set(choices.join(), Math.exp(await learner.logProbability(choices)));
  }
  const sum = [...expected.values()].reduce((total, p) => total + p, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5, `they add up to ${sum}`);

  const draws = 2000;
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw++) {
    const key = (await learner.sample(random)).choices.join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, p] of expected) {
    const deviation = Math.abs((counts.get(key) ?? 0) / draws - p);
    assert.ok(deviation < 4.5 * Math.sqrt((p * (1 - p)) / draws) + 1e-3, `${key}: off by ${deviation}`);
  }
});

test('one step moves the odds as the policy gradient says, either way', async () => {
  for (const advantage of [1, -1]) {
    const learner = controller({ learningRate: 1e-3 });
    const before = await learner.logProbability([1, 0, 2]);
    await learner.reinforce([1, 0, 2], advantage);
    const change = (await learner.logProbability([1, 0, 2])) - before;
    assert.equal(Math.sign(change), advantage);
  }
});

test('a dependency between decisions is learned', async () => {
  const learner = controller({ steps: [3, 3], hidden: 16 });
  const random = new Random(1);
  let baseline = 0;
  const recent: number[] = [];
  for (let step = 0; step < 600; step++) {
    const { choices } = await learner.sample(random);
    const reward = Number(choices[1] === (choices[0] + 1) % 3);
    await learner.reinforce(choices, reward - baseline);
    baseline = 0.9 * baseline + 0.1 * reward;
    if (step >= 500) recent.push(reward);
  }
  const share = recent.reduce((sum, reward) => sum + reward, 0) / recent.length;
  assert.ok(share > 0.9, `${share} of the last hundred are right; a third are by chance`);
});

test('a bonus for entropy keeps the odds even', async () => {
  const likelihoods: number[] = [];
  for (const entropy of [0, 1]) {
    const learner = controller({ entropy, steps: [4] });
    for (let step = 0; step < 100; step++) await learner.reinforce([2], 0.1);
    likelihoods.push(Math.exp(await learner.logProbability([2])));
  }
  assert.ok(likelihoods[0] > 0.9 && likelihoods[1] < 0.5, `${likelihoods}`);
});

test('the same seeds draw and learn the same', async () => {
  const courses: number[][] = [];
  for (const seed of [1, 1, 2]) {
    const learner = controller({ seed });
    const random = new Random(seed);
    const course: number[] = [];
    for (let step = 0; step < 10; step++) {
      const { choices, logProbability } = await learner.sample(random);
      course.push(...choices, logProbability);
      await learner.reinforce(choices, choices[0] - 0.5);
    }
    courses.push(course);
  }
  assert.deepEqual(courses[0], courses[1]);
  assert.notDeepEqual(courses[0], courses[2]);
});

test('its training step is the same traced and eager', async () => {
  const steps = [3, 2, 4];
  const random = new Random(5);
  const samples = 5;
  const choices = new Float32Array(samples * 9);
  for (let row = 0; row < samples; row++) {
    offsetsOf(steps)
      .slice(0, -1)
      .forEach((offset, step) => {
        choices[row * 9 + offset + random.integer(steps[step])] = 1;
      });
  }
  const network = policyNetwork({ steps, hidden: 6, entropy: 0.1 });
  const task: EngineTask = {
    network,
    inputs: { choices },
    target: Float32Array.from({ length: samples }, () => random.uniform() - 0.5),
    options: { loss: 'policy', weightDecay: 0, clipNorm: 1, dropout: 0 },
    batchSize: 3,
    threads: 1,
  };
  const ends: number[][] = [];
  for (const engine of [await createOnnxEngine(task), await createTfjsEngine(task)]) {
    const state = freshState(network, initialParameters(network, 2));
    const losses: number[] = [];
    for (let epoch = 0; epoch < 4; epoch++) {
      losses.push(await engine.epoch(state, planEpoch(task, new Random(epoch), state.steps, 0.01)));
    }
    ends.push([...losses, ...(await engine.predict(state.theta, task.inputs, samples))]);
    await engine.release();
  }
  const [traced, eager] = ends;
  assert.equal(traced.length, 4 + 2 * samples);
  traced.forEach((value, i) => {
    assert.ok(Math.abs(value - eager[i]) < 1e-4, `${i}: ${value} traced, ${eager[i]} eager`);
  });
});
