import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from '../../src/base/onnxruntime.js';
import { Random } from '../../src/base/random.js';
import { trace } from '../../src/nn/engines/onnx-tracer.js';
import { loadTfjs, tf } from '../../src/nn/engines/tfjs.js';
import { DataType } from '../../src/onnx/proto.js';
import { type Dimension, GraphBuilder } from '../../src/onnx/write/graph-builder.js';

type Op = (...x: tf.Tensor[]) => tf.Tensor;

/** Traces a function with its value and gradients, runs it, and holds it against eager tfjs. */
async function agrees(op: Op, shapes: number[][]): Promise<void> {
  const random = new Random(1);
  const values = shapes.map((shape) =>
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.uniform() + 0.1),
  );
  const run = (tensors: tf.Tensor[]) => {
    const { value, grads } = tf.valueAndGrads(
      (...x: tf.Tensor[]) => tf.sum(tf.square(op(...x))) as tf.Scalar,
    )(tensors);
    return { value, ...Object.fromEntries(grads.map((g, i) => [`gradient ${i}`, g])) };
  };
  const builder = new GraphBuilder('test');
  const names = shapes.map((shape, i) => builder.input(`x${i}`, DataType.float, shape));
  const traced = await trace(
    builder,
    shapes.map((shape, i) => ({ name: names[i], shape, dtype: 'float32' })),
    (t) => run(names.map((name) => t[name])),
  );
  for (const [key, { name, shape }] of Object.entries(traced))
    builder.output(name, DataType.float, shape, key);
  const session = await ort.InferenceSession.create(builder.model({ producerVersion: 'test' }), {
    logSeverityLevel: 3,
  });
  const feeds = Object.fromEntries(
    names.map((name, i) => [name, new ort.Tensor('float32', values[i], shapes[i])]),
  );
  const results = await session.run(feeds);
  await loadTfjs();
  const eager = run(shapes.map((shape, i) => tf.tensor(values[i], shape)));
  for (const [key, tensor] of Object.entries(eager)) {
    const expected = await tensor.data();
    const actual = results[key].data as Float32Array;
    assert.deepEqual(results[key].dims, tensor.shape, key);
    expected.forEach((e, i) => {
      assert.ok(
        Math.abs(e - actual[i]) <= 1e-4 * Math.max(1, Math.abs(e)),
        `${key}[${i}]: ${actual[i]}, eager ${e}`,
      );
    });
  }
}

const operations: Record<string, [Op, number[][]]> = {
  'add, broadcast both ways': [
    (a, b) => tf.add(a, b),
    [
      [2, 3, 1],
      [1, 4],
    ],
  ],
  'sub, mul, div': [(a, b) => tf.div(tf.mul(tf.sub(a, b), a), b), [[3, 4], [4]]],
  'matMul 2-D, all transpositions': [
    (a, b) => tf.add(tf.matMul(a, b, false, true), tf.matMul(b, a, false, true)),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  'matMul in batches, second transposed': [
    (a, b) => tf.matMul(a, b, false, true),
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
  ],
  'concat, split, slice, pad': [
    (a, b) =>
      tf.slice(
        tf.concat(
          [
            tf.pad(a, [
              [0, 0],
              [1, 1],
            ]),
            b,
          ],
          1,
        ),
        [0, 1],
        [2, 5],
      ),
    [
      [2, 3],
      [2, 2],
    ],
  ],
  'stack, expandDims, tile, transpose': [
    (a, b) => tf.transpose(tf.tile(tf.expandDims(tf.stack([a, b], 1), 0), [2, 1, 1, 1]), [3, 0, 2, 1]),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  'mean, max, min, sum over axes': [
    (a) =>
      tf.add(
        tf.sub(tf.mean(a, 1, true), tf.max(a, 1, true)),
        tf.add(tf.min(a, 0, true), tf.sum(a, -1, true)),
      ),
    [[3, 4]],
  ],
  'relu, abs, sign of sums': [(a) => tf.add(tf.relu(tf.sub(a, 0.5)), tf.abs(tf.sub(a, 0.7))), [[3, 4]]],
  'sigmoid, tanh, softplus, exp, log, sqrt, rsqrt': [
    (a) =>
      tf.add(
        tf.mul(tf.sigmoid(a), tf.tanh(a)),
        tf.add(tf.softplus(tf.log(a)), tf.mul(tf.rsqrt(a), tf.exp(tf.sqrt(a)))),
      ),
    [[3, 4]],
  ],
  'minimum, maximum, where': [
    (a, b) =>
      tf.where(tf.tensor([true, false, true, true], [4], 'bool'), tf.minimum(a, 0.5), tf.maximum(b, 0.3)),
    [
      [3, 4],
      [3, 4],
    ],
  ],
  softmax: [(a) => tf.softmax(a), [[3, 4]]],
  'zerosLike, onesLike, fill': [
    (a) => tf.add(tf.mul(a, tf.onesLike(a)), tf.add(tf.zerosLike(a), tf.fill([3, 4], 2))),
    [[3, 4]],
  ],
};
for (const [name, [op, shapes]] of Object.entries(operations)) {
  test(`${name}: values and gradients are those of eager tfjs`, () => agrees(op, shapes));
}

test('a traced graph takes any batch size', async () => {
  const builder = new GraphBuilder('test');
  const shape: Dimension[] = ['batch', 2, 3];
  builder.input('x', DataType.float, shape);
  const { y } = await trace(builder, [{ name: 'x', shape, dtype: 'float32' }], ({ x }) => ({
    y: tf.sum(tf.reshape(tf.matMul(tf.reshape(x, [-1, 3]), tf.ones([3, 4])), [x.shape[0], 8]), 1),
  }));
  builder.output(y.name, DataType.float, y.shape, 'y');
  const session = await ort.InferenceSession.create(builder.model({ producerVersion: 'test' }));
  for (const batch of [1, 5]) {
    const x = new ort.Tensor('float32', new Float32Array(batch * 6).fill(1), [batch, 2, 3]);
    assert.deepEqual([...((await session.run({ x })).y.data as Float32Array)], Array(batch).fill(24));
  }
});

test('an unknown kernel is named, with the line that called it', async () => {
  const call = trace(new GraphBuilder('test'), [{ name: 'x', shape: [4], dtype: 'float32' }], ({ x }) => ({
    y: tf.cumsum(x),
  }));
  await assert.rejects(call, /kernel Cumsum has no ONNX counterpart here; called .*onnx-tracer\.test/);
  assert.equal(tf.getBackend(), (await loadTfjs()).backend, 'the backend is set back');
});

test('reading a value while tracing is refused', async () => {
  const call = trace(new GraphBuilder('test'), [{ name: 'x', shape: [4], dtype: 'float32' }], ({ x }) => {
    x.dataSync();
    return { x };
  });
  await assert.rejects(call, /exist only when the model runs/);
});
