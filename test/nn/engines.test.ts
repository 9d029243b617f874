import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import type { EngineTask, TrainingState } from '../../src/nn/engines/engine.js';
import { createOnnxEngine } from '../../src/nn/engines/onnx-engine.js';
import { planEpoch } from '../../src/nn/engines/plans.js';
import { createTfjsEngine } from '../../src/nn/engines/tfjs-engine.js';
import { initialParameters, type Network, parameterCount } from '../../src/nn/network.js';
import { brpGcn } from '../../src/predictors/networks/brp-gcn.js';
import { gcn } from '../../src/predictors/networks/gcn.js';

const layout = { nodes: 6, features: ['exists', 'a', 'b', 'c'] };
const SAMPLES = 40;

/** Random graphs whose last node is missing now and then, and a target that depends on their features. */
function task(network: Network, dropout: number): EngineTask {
  const random = new Random(7);
  const { nodes, features } = layout;
  const x = new Float32Array(SAMPLES * nodes * features.length);
  const adjacency = new Float32Array(SAMPLES * nodes * nodes);
  const target = new Float32Array(SAMPLES);
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (let node = 0; node < nodes; node++) {
      const exists = node < nodes - 1 || random.uniform() < 0.5 ? 1 : 0;
      const kind = 1 + random.integer(3);
      x[(sample * nodes + node) * features.length] = exists;
      x[(sample * nodes + node) * features.length + kind] = exists;
      target[sample] += exists * kind * 0.2 - 0.35;
      for (let from = 0; from < node; from++) {
        adjacency[(sample * nodes + node) * nodes + from] = exists * random.integer(2);
      }
    }
  }
  const options = { loss: 'huber', weightDecay: 5e-4, clipNorm: 1, dropout } as const;
  return { network, options, inputs: { features: x, adjacency }, target, batchSize: 16, threads: 1 };
}

function initialState(network: Network): TrainingState {
  const zeros = () => new Float32Array(parameterCount(network));
  return { theta: initialParameters(network, 3), first: zeros(), second: zeros(), steps: 0 };
}

/** Largest difference, relative to the largest value. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  let worst = 0;
  let largest = 0;
  a.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(value - b[i]));
    largest = Math.max(largest, Math.abs(b[i]));
  });
  return worst / largest;
}

const networks: [string, Network][] = [
  ['BRP-NAS GCN', brpGcn(layout, { members: 1, hidden: 16, layers: 4 })],
  ['residual GCN, three members', gcn(layout, 0.5, SAMPLES, { members: 3, hidden: 12, layers: 2 })],
];

for (const [name, network] of networks) {
  for (const dropout of [0, 0.2]) {
    test(`${name}, dropout ${dropout}: 21 traced steps give the losses, moments and predictions of eager tfjs`, async () => {
      const t = task(network, dropout);
      const traced = await createOnnxEngine(t);
      const eager = await createTfjsEngine(t);
      const [a, b] = [initialState(network), initialState(network)];
      for (let epoch = 0; epoch < 7; epoch++) {
        const plan = planEpoch(t, new Random(epoch), a.steps, 1e-3);
        const lossA = await traced.epoch(a, plan);
        const lossB = await eager.epoch(b, plan);
        assert.ok(
          Math.abs(lossA - lossB) < 1e-4 * lossB,
          `epoch ${epoch}: loss ${lossA} traced, ${lossB} eager`,
        );
        // After the first step the first moment is the gradient itself; later, a weighted sum of all gradients.
        assert.ok(relativeDifference(a.first, b.first) < 1e-4, `epoch ${epoch}: gradients differ`);
        assert.ok(relativeDifference(a.second, b.second) < 1e-4, `epoch ${epoch}: squared gradients differ`);
      }
      const pa = await traced.predict(a.theta, t.inputs, SAMPLES);
      const pb = await eager.predict(b.theta, t.inputs, SAMPLES);
      assert.equal(pa.length, network.members * SAMPLES);
      assert.ok(relativeDifference(pa, pb) < 1e-4);
      await traced.release();
    });
  }
}

test('training brings the loss down', async () => {
  const network = networks[1][1];
  const t = task(network, 0);
  const engine = await createOnnxEngine(t);
  const state = initialState(network);
  const first = await engine.epoch(state, planEpoch(t, new Random(1), 0, 3e-3));
  let last = first;
  for (let epoch = 0; epoch < 60; epoch++) {
    last = await engine.epoch(state, planEpoch(t, new Random(epoch), state.steps, 3e-3));
  }
  await engine.release();
  assert.ok(last < first / 5, `from ${first} to ${last}`);
});
