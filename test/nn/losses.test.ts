import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Random } from '../../src/base/random.js';
import type { EngineTask, TrainingState } from '../../src/nn/engines/engine.js';
import { createOnnxEngine } from '../../src/nn/engines/onnx-engine.js';
import { planEpoch } from '../../src/nn/engines/plans.js';
import { loadTfjs, tf } from '../../src/nn/engines/tfjs.js';
import { createTfjsEngine } from '../../src/nn/engines/tfjs-engine.js';
import { batchLoss } from '../../src/nn/losses.js';
import { initialParameters, parameterCount } from '../../src/nn/network.js';
import { brpGcn } from '../../src/predictors/networks/brp-gcn.js';

before(loadTfjs);

const TARGET = [0.3, -1.2, 0.9];
const equalWeights = () => tf.tensor1d([1 / 3, 1 / 3, 1 / 3]);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** KL divergence between softmaxes of two logits each, averaged over all ordered pairs, plus the target's entropy. */
function crossEntropyOfPairs(z: (i: number, j: number) => number): number {
  let sum = 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const [first, second] = [Math.exp(TARGET[i]), Math.exp(TARGET[j])];
      const observed = first / (first + second);
      const predicted = sigmoid(z(i, j));
      sum -= observed * Math.log(predicted) + (1 - observed) * Math.log(1 - predicted);
    }
  }
  return sum / 9;
}

test('the pairwise loss of scores is the mean cross-entropy of two-way softmaxes over all ordered pairs', () => {
  const scores = [0.1, 0.5, -0.7];
  const loss = batchLoss('pairwise', tf.tensor2d([scores]), tf.tensor1d(TARGET), equalWeights());
  const expected = crossEntropyOfPairs((i, j) => scores[i] - scores[j]);
  assert.ok(Math.abs(loss.dataSync()[0] - expected) < 1e-6);
});

test('with two numbers per sample, the first of i and the second of j make the logit of (i, j)', () => {
  const pairs = [
    [0.1, 0.4],
    [-0.2, 0.3],
    [0.6, -0.9],
  ];
  const loss = batchLoss('pairwise', tf.tensor3d([pairs]), tf.tensor1d(TARGET), equalWeights());
  const expected = crossEntropyOfPairs((i, j) => pairs[i][0] + pairs[j][1]);
  assert.ok(Math.abs(loss.dataSync()[0] - expected) < 1e-6);
});

test('samples of weight 0 have no part in it', () => {
  const loss = (scores: number[], target: number[], weight: number[]) =>
    batchLoss('pairwise', tf.tensor2d([scores]), tf.tensor1d(target), tf.tensor1d(weight)).dataSync()[0];
  const two = loss([0.4, -0.3], [1, 2], [0.5, 0.5]);
  assert.ok(Math.abs(loss([0.4, -0.3, 7], [1, 2, -5], [0.5, 0.5, 0]) - two) < 1e-6);
});

for (const outputs of [1, 2]) {
  test(`pairwise training with ${outputs} output(s) is the same traced and eager`, async () => {
    const layout = { nodes: 4, features: ['exists', 'a', 'b'] };
    const samples = 10;
    const random = new Random(5);
    const features = Float32Array.from({ length: samples * 12 }, (_, i) =>
      i % 3 === 0 ? 1 : random.integer(2),
    );
    const adjacency = Float32Array.from({ length: samples * 16 }, () => random.integer(2));
    const task: EngineTask = {
      network: brpGcn(layout, { members: 2, hidden: 8, layers: 2, outputs, extras: 1 }),
      inputs: { features, adjacency, extras: Float32Array.from({ length: samples }, () => random.uniform()) },
      target: Float32Array.from({ length: samples }, () => random.uniform()),
      options: { loss: 'pairwise', weightDecay: 1e-3, clipNorm: 1, dropout: 0.2 },
      batchSize: 6,
      threads: 1,
    };
    const engines = [await createOnnxEngine(task), await createTfjsEngine(task)];
    const ends = [];
    for (const engine of engines) {
      const zeros = () => new Float32Array(parameterCount(task.network));
      const theta = initialParameters(task.network, 2);
      const state: TrainingState = { theta, first: zeros(), second: zeros(), steps: 0 };
      const losses = [];
      for (let epoch = 0; epoch < 4; epoch++) {
        losses.push(await engine.epoch(state, planEpoch(task, new Random(epoch), state.steps, 1e-3)));
      }
      const predictions = await engine.predict(state.theta, task.inputs, samples);
      assert.equal(predictions.length, 2 * samples * outputs);
      // Pairs don't see what all of a member's scores have in common: its bias follows rounding errors.
      const members = [predictions.subarray(0, samples * outputs), predictions.subarray(samples * outputs)];
      const seen = members.flatMap((member) =>
        Array.from(member, (value) => value - (outputs === 1 ? member[0] : 0)),
      );
      ends.push([...losses, ...state.first, ...seen]);
      await engine.release();
    }
    const [traced, eager] = ends;
    const largest = Math.max(...eager.map(Math.abs));
    traced.forEach((value, i) => {
      assert.ok(Math.abs(value - eager[i]) < 1e-4 * largest, `${i}: ${value} traced, ${eager[i]} eager`);
    });
  });
}
