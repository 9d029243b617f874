import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { familyNetwork } from '../../src/onnx/generate/families/generated-network.js';
import { families } from '../../src/onnx/generate/families/registry.js';
import { DataType } from '../../src/onnx/proto.js';
import { readTensorGraph } from '../../src/onnx/read/read-tensor-graph.js';
import { GraphBuilder } from '../../src/onnx/write/graph-builder.js';
import { executedNodes, lowered } from '../../src/runtimes/index.js';
import { kernelKey } from '../../src/runtimes/kernel.js';
import { kernelOf } from '../../src/runtimes/kernel-of.js';
import { smallModel } from '../onnx/read/small-model.js';
import { executedByOnnxruntime } from './executed.js';

const LEVELS = ['basic', 'all'] as const;

/** Kernels of both sides, with how often one side has what the other lacks. */
async function differences(model: Uint8Array, level: (typeof LEVELS)[number]): Promise<string[]> {
  const graph = await readTensorGraph(model);
  const ours = executedNodes(graph, { runtime: 'onnxruntime-cpu', level }).map(({ node }) =>
    kernelKey(kernelOf(node)),
  );
  const theirs = (await executedByOnnxruntime(model, level)).map(({ node }) => kernelKey(kernelOf(node)));
  const count = (keys: readonly string[], key: string) => keys.filter((other) => other === key).length;
  return [...new Set([...ours, ...theirs])]
    .filter((key) => count(ours, key) !== count(theirs, key))
    .map((key) => `${key}: ${count(ours, key)} here, ${count(theirs, key)} in onnxruntime`);
}

// The reference is onnxruntime's own optimised model and its profile: every kernel with its shapes.
describe('a network is lowered to the kernels that onnxruntime executes', () => {
  for (const family of families) {
    for (const level of LEVELS) {
      test(`${family.name}, ${level}`, async () => {
        assert.deepEqual(await differences(familyNetwork(family, 1).model(), level), []);
      });
    }
  }
});

const convolutions = (out: number, activation: string, kernel = 1): Uint8Array => {
  const g = new GraphBuilder('g');
  g.input('x', DataType.float, [1, 16, 8, 8]);
  const weights = (shape: readonly number[]) =>
    g.floats(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
  const attributes = { kernel_shape: [kernel, kernel], pads: Array<number>(4).fill((kernel - 1) / 2) };
  const y = g.node('Conv', ['x', weights([out, 16, kernel, kernel]), weights([out])], attributes);
  g.output(g.node(activation, [y]), DataType.float, [1, out, 8, 8], 'y');
  return g.model({ producerVersion: '1' });
};

describe('borders of the blocked layout', () => {
  for (const [out, activation] of [
    [16, 'Relu'],
    [20, 'Sigmoid'],
    [18, 'HardSwish'],
    [7, 'Softplus'],
  ] as const) {
    test(`${out} channels, ${activation}`, async () => {
      assert.deepEqual(await differences(convolutions(out, activation, 3), 'all'), []);
    });
  }
});

test('a device of which nothing is known fuses a convolution with its activation only', async () => {
  const graph = await readTensorGraph(convolutions(20, 'Relu'));
  const kernels = lowered(graph, { runtime: 'none', level: 'all' }).map(({ kernel }) => kernel);
  assert.equal(kernels.length, 1);
  const [{ kind, activation, macs }] = kernels;
  assert.deepEqual(
    { kind, activation, macs },
    { kind: 'Conv.pointwise.plain', activation: 'Relu', macs: 8 * 8 * 16 * 20 },
  );
});

test('an unknown runtime or level is refused with those there are', async () => {
  const graph = await readTensorGraph(convolutions(16, 'Relu'));
  for (const [runtime, level, said] of [
    ['tflite', 'all', /"tflite" is known; known are onnxruntime-cpu, none/],
    ['onnxruntime-cpu', 'most', /"most"; there are basic, all/],
  ] as const) {
    assert.throws(
      () => lowered(graph, { runtime, level }),
      (error) => error instanceof InputError && said.test(error.message),
    );
  }
});

test('operators without a rule of their own are not free: they have the reader’s multiply-accumulates', async () => {
  const attention = smallModel({
    nodes: [['com.microsoft:Attention x,w,b → y', { num_heads: 2 }]],
    inputs: { x: [1, 5, 8] },
    weights: { w: [8, 24], b: [24] },
    outputs: ['y'],
  });
  const einsum = smallModel({
    nodes: [['Einsum x,w → y', { equation: 'bti,oi->bto' }]],
    inputs: { x: [2, 3, 4] },
    weights: { w: [5, 4] },
    outputs: ['y'],
  });
  // By formula: the projection with its bias and two products of 5 × 5 × 8; 2 × 3 × 4 × 5.
  for (const [model, macs] of [
    [attention, 5 * 24 * (8 + 1) + 2 * 5 * 5 * 8],
    [einsum, 120],
  ] as const) {
    const [{ kernel }] = lowered(await readTensorGraph(model));
    assert.deepEqual([kernel.macs, kernel.paddedMacs], [macs, macs]);
  }
});

test('a node whose first output is left out is lowered', async () => {
  const model = smallModel({
    nodes: [['LSTM x,w,r → ,h', { hidden_size: 6 }]],
    inputs: { x: [7, 2, 5] },
    weights: { w: [1, 24, 5], r: [1, 24, 6] },
    outputs: ['h'],
  });
  assert.deepEqual(
    lowered(await readTensorGraph(model)).map(({ kernel }) => [kernel.kind, kernel.macs]),
    [['LSTM', 7 * 2 * 24 * 11]],
  );
});

test('the zero point of the weights, input 3 of ConvInteger (ONNX operators), is no tensor that is added', () => {
  const tensor = (type: string, shape: number[], constant = true) => ({ type, shape, constant });
  const node = {
    operator: 'ConvInteger',
    domain: '',
    attributes: new Map(),
    inputs: [
      tensor('uint8', [1, 8, 6, 6], false),
      tensor('uint8', [4, 8, 3, 3]),
      tensor('uint8', []),
      tensor('uint8', []),
    ],
    outputs: [tensor('int32', [1, 4, 4, 4], false)],
  } as const;
  const { fusedSum, macs } = kernelOf(node as Parameters<typeof kernelOf>[0]);
  assert.deepEqual({ fusedSum, macs }, { fusedSum: false, macs: 4 * 4 * 4 * 8 * 3 * 3 });
  const fused = { ...node, operator: 'FusedConv' };
  assert.equal(kernelOf(fused as Parameters<typeof kernelOf>[0]).fusedSum, true);
});
