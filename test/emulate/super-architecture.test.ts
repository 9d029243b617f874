import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from '../../src/base/onnxruntime.js';
import { Random } from '../../src/base/random.js';
import { networksModel } from '../../src/emulate/emulator-model.js';
import { oneHotBlocks } from '../../src/emulate/ranked-update.js';
import { BLOCK_OPERATIONS, type Form, superArchitecture } from '../../src/emulate/super-architecture.js';
import type { EngineTask, TrainingState } from '../../src/nn/engines/engine.js';
import { createOnnxEngine } from '../../src/nn/engines/onnx-engine.js';
import { planEpoch } from '../../src/nn/engines/plans.js';
import { createTfjsEngine } from '../../src/nn/engines/tfjs-engine.js';
import { initialParameters, parameterCount } from '../../src/nn/network.js';

const form: Form = {
  inputs: 2,
  outputs: 3,
  hidden: 5,
  channels: 2,
  points: 3,
  doubles: [false, true],
  readOut: 2,
};
const network = superArchitecture(form);
const SAMPLES = 7;
const random = new Random(2);
const x = Float32Array.from({ length: SAMPLES * form.inputs }, () => 2 * random.uniform() - 1);
const target = Float32Array.from({ length: SAMPLES * form.outputs }, () => random.uniform());
const task: EngineTask = {
  network,
  options: { loss: 'mse', weightDecay: 1e-3, clipNorm: 1, dropout: 0 },
  inputs: { x },
  target,
  batchSize: 4,
  threads: 1,
};

const state = (): TrainingState => {
  const zeros = () => new Float32Array(parameterCount(network));
  return { theta: initialParameters(network, 3), first: zeros(), second: zeros(), steps: 0 };
};

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
  assert.equal(a.length, b.length);
  for (let i = 0; i < a.length; i++) {
    assert.ok(Math.abs(a[i] - b[i]) <= tolerance, `${i}: ${a[i]} is not ${b[i]}`);
  }
};

test('steps on drawn architectures are those of eager tfjs', async () => {
  const [traced, eager] = [await createOnnxEngine(task), await createTfjsEngine(task)];
  const [a, b] = [state(), state()];
  for (let epoch = 0; epoch < 5; epoch++) {
    const plan = planEpoch(task, new Random(epoch), a.steps, 1e-2);
    assert.equal(plan.steps, 2);
    const drawn = [
      [epoch % 5, 4],
      [3, epoch % 4],
    ];
    const stepInputs = { choice: oneHotBlocks(drawn, BLOCK_OPERATIONS.length) };
    const [lossA, lossB] = [
      await traced.epoch(a, { ...plan, stepInputs }),
      await eager.epoch(b, { ...plan, stepInputs }),
    ];
    close([lossA], [lossB], 1e-5);
    close(a.theta, b.theta, 1e-4);
  }
  const choice = { choice: oneHotBlocks([[1, 2]], BLOCK_OPERATIONS.length) };
  const predicted = await traced.predict(a.theta, { x }, SAMPLES, choice);
  assert.equal(predicted.length, SAMPLES * form.outputs);
  close(predicted, await eager.predict(b.theta, { x }, SAMPLES, choice), 1e-4);
  await traced.release();
});

test('an architecture computes what its layers say, one loop after the other', async () => {
  const engine = await createOnnxEngine(task);
  const { theta } = state();
  for (const architecture of [
    [0, 3],
    [4, 1],
    [2, 4],
  ]) {
    const choice = { choice: oneHotBlocks([architecture], BLOCK_OPERATIONS.length) };
    const predicted = await engine.predict(theta, { x }, SAMPLES, choice);
    const expected = Array.from({ length: SAMPLES }, (_, i) =>
      byHand(theta, architecture, [x[2 * i], x[2 * i + 1]]),
    );
    close(predicted, expected.flat(), 1e-5);
  }
  await engine.release();
});

test('the networks of a saved emulator are those that were drawn', async () => {
  const engine = await createOnnxEngine(task);
  const fits = [1, 2].map((seed) => ({
    theta: initialParameters(network, seed),
    architectures: [
      [seed, 4],
      [4, 3],
      [0, seed],
    ],
  }));
  const scaling = { inputMean: [0, 0], inputStd: [1, 1], outputMean: [0, 0, 0], outputStd: [1, 1, 1] };
  const columns = {
    inputs: ['a', 'b'].map((name) => ({ name, low: -1, high: 1 })),
    outputs: [{ name: 'y', points: 3 }],
  };
  const session = await ort.openSession(await networksModel({ form, scaling, fits, columns }), 1);
  const { networks } = await session.run({ x: new ort.Tensor('float32', x, [SAMPLES, 2]) });
  assert.deepEqual(networks.dims, [6, SAMPLES, 3]);
  const expected: number[] = [];
  for (const { theta, architectures } of fits) {
    for (const architecture of architectures) {
      const choice = { choice: oneHotBlocks([architecture], BLOCK_OPERATIONS.length) };
      expected.push(...(await engine.predict(theta, { x }, SAMPLES, choice)));
    }
  }
  close(networks.data as Float32Array, expected, 1e-5);
  await session.release();
  await engine.release();
});

/** The super-architecture's forward pass as loops over plain numbers. */
function byHand(theta: Float32Array, architecture: readonly number[], input: readonly number[]): number[] {
  const parameters = new Map<string, number[]>();
  let offset = 0;
  for (const { name, shape } of network.parameters) {
    const size = shape.reduce((a, b) => a * b, 1);
    parameters.set(name, [...theta.subarray(offset, offset + size)]);
    offset += size;
  }
  const dense = (name: string, values: readonly number[]) => {
    const [weight, bias] = [parameters.get(`${name}.weight`)!, parameters.get(`${name}.bias`)!];
    return bias.map((b, j) => values.reduce((sum, v, i) => sum + v * weight[i * bias.length + j], b));
  };
  const swish = (values: readonly number[]) => values.map((v) => v / (1 + Math.exp(-v)));
  const { channels } = form;
  const flat = dense('second', swish(dense('first', input)));
  let map = Array.from({ length: form.points }, (_, p) => flat.slice(p * channels, (p + 1) * channels));
  for (const [block, double] of form.doubles.entries()) {
    if (double) map = map.flatMap((point) => [point, [...point]]);
    const width = [3, 5, 7, 9][architecture[block]];
    if (width === undefined) continue;
    const active = map.map(swish);
    map = map.map((point, p) => {
      const window = Array.from(
        { length: width },
        (_, k) => active[p + k - (width - 1) / 2] ?? [0, 0],
      ).flat();
      return dense(`block${block}.conv${width}`, window).map((value, c) => value + point[c]);
    });
  }
  return dense(
    'read',
    map.flatMap((point) => dense('narrow', swish(point))),
  );
}
