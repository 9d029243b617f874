import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { type SmallModel, smallModel } from './small-model.js';

const CONVOLUTION = 'Conv x,w → c';
const W = { w: [8, 3, 3, 3] };

async function read(model: SmallModel) {
  const { network, notes } = await readNetwork(smallModel(model));
  const kinds = network.names().map((name) => network.operator(name).kind);
  return { network, notes, kinds };
}

const images: readonly (readonly [what: string, rest: Pick<SmallModel, 'nodes' | 'outputs'>])[] = [
  ['boxes of all images in one list', { nodes: [[CONVOLUTION], ['Reshape c,four → y']], outputs: ['y'] }],
  ['a loss', { nodes: [[CONVOLUTION], ['ReduceSum c → y', { keepdims: 0 }]], outputs: ['y'] }],
  ['features and settings', { nodes: [[CONVOLUTION], ['Relu size → y']], outputs: ['c', 'y'] }],
];
for (const [what, rest] of images) {
  test(`a batch of images is one although the file gives ${what}`, async () => {
    const { network, notes, kinds } = await read({
      ...rest,
      inputs: { x: [4, 3, 34, 34], size: [1, 6] },
      weights: W,
      ints: { four: [-1, 4] },
    });
    assert.ok(kinds.includes('conv2d'), kinds.join());
    const convolution = network.names().find((name) => network.operator(name).kind === 'conv2d') as string;
    assert.deepEqual(network.shape(convolution), [8, 32, 32]);
    assert.match(notes.join(), /^4 inputs go through the network at once/);
  });
}

test('a batch behind the steps is removed from there, and nodes without it are named', async () => {
  const { network, notes } = await read({
    nodes: [
      ['Transpose x → t', { perm: [1, 0, 2] }],
      ['MatMul t,w → m'],
      ['Transpose m → y', { perm: [1, 0, 2] }],
    ],
    inputs: { x: [8, 15, 256] },
    weights: { w: [256, 64] },
    outputs: ['y'],
  });
  assert.deepEqual(
    network.names().map((name) => network.shape(name)),
    [
      [15, 256],
      [15, 1, 256],
      [15, 1, 64],
      [15, 64],
      [15, 64],
    ],
  );
  assert.match(notes.join(), /8 inputs .* of one$/);
  const mixed = await read({
    nodes: [
      ['Transpose x → t', { perm: [1, 2, 0] }],
      ['Relu t → r'],
      ['Transpose r → y', { perm: [2, 0, 1] }],
    ],
    inputs: { x: [8, 15, 5] },
    outputs: ['y'],
  });
  assert.match(
    mixed.notes.join(),
    /of one, apart from 2 nodes without that batch, such as "t" \(Transpose\)$/,
  );
});

test('the steps of a recurrent layer are no batch', async () => {
  const layer = (steps: number, sequences: number) =>
    read({
      nodes: [['LSTM x,w,r → y', { hidden_size: 6 }]],
      inputs: { x: [steps, sequences, 5] },
      weights: { w: [1, 24, 5], r: [1, 24, 6] },
      outputs: ['y'],
    });
  const { network, notes } = await layer(7, 1);
  assert.deepEqual(network.shape('x'), [7, 1, 5]);
  assert.deepEqual(notes, []);
});

test('what is added up over the first dimension is no batch', async () => {
  const graph = await read({
    nodes: [['MatMul x,w → h'], ['MatMul neighbours,h → y']],
    inputs: { x: [100, 16], neighbours: [100, 100] },
    weights: { w: [16, 32] },
    outputs: ['y'],
  });
  assert.deepEqual([graph.network.shape('x'), graph.notes], [[100, 16], []]);
});

test('a tensor without a batch stays whole, whatever its dimensions', async () => {
  const { network } = await read({
    nodes: [['Conv x,w → c'], ['Add c,z → y']],
    inputs: { x: [4, 3, 6, 6], z: [1, 4, 4, 4] },
    weights: { w: [4, 3, 3, 3] },
    outputs: ['y'],
  });
  assert.deepEqual(network.shape('z'), [1, 4, 4, 4]);
});
