import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totalCost } from '../../../src/network/cost.js';
import { decodeModel, encodeModel } from '../../../src/onnx/proto.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { smallModel } from './small-model.js';

/** A time step's embedding, through two layers, added to an image's features. */
const TIME_STEP = smallModel({
  nodes: [
    ['Mul t,rates → a'],
    ['Sin a → s'],
    ['Cos a → c'],
    ['Concat s,c → e', { axis: 1 }],
    ['Gemm e,w → h'],
    ['Add x,h → y'],
  ],
  inputs: { x: [1, 16], t: [] },
  weights: { rates: [1, 8], w: [16, 16] },
  outputs: ['y'],
});

test('a scalar whose value is given is passed in when the network runs: what it leads to counts', async () => {
  const [free, given] = await Promise.all([
    readNetwork(TIME_STEP),
    readNetwork(TIME_STEP, { sizes: new Map([['t', 500]]) }),
  ]);
  assert.deepEqual(given.network.names(), free.network.names());
  for (const { network } of [free, given]) {
    const { macs, parameters } = totalCost(network);
    assert.deepEqual({ macs, parameters }, { macs: 256, parameters: 8 + 256 });
    assert.deepEqual(network.inputs('y'), ['x', 'h']);
  }
});

test('a given value that decides a size, too, decides it and is passed in', async () => {
  const bytes = smallModel({
    nodes: [
      ['Cast t → n', { to: 7 }],
      ['Reshape n,one → s'],
      ['Concat s,eight → shape', { axis: 0 }],
      ['Expand row,shape → many'],
      ['Add many,x → z'],
      ['Mul z,t → y'],
    ],
    inputs: { x: [1, 8], t: [] },
    weights: { row: [1, 8] },
    ints: { one: [1], eight: [8] },
    outputs: ['y'],
  });
  const { network } = await readNetwork(bytes, { sizes: new Map([['t', 5]]) });
  assert.deepEqual(network.shape(network.names().at(-1) as string), [5, 8]);
  assert.ok(network.names().includes('t'));
});

test('sizes that are asked for hold in every input, and do not contradict each other', async () => {
  const image = changedDims(['N', 8], ['N', 8]);
  const { network, notes } = await readNetwork(image, { sizes: new Map([['b', [3, 8]]]) });
  assert.deepEqual([network.shape('a'), notes.length], [[8], 1]);
  for (const [sizes, message] of [
    [
      new Map<string, number | number[]>([
        ['N', 2],
        ['b', [3, 8]],
      ]),
      /dimension "N" is to be 2, and 3 in input "b"/,
    ],
    [new Map([['b', 3]]), /input "b" has more than one element; give its sizes, as b=1x3/],
  ] as const)
    await assert.rejects(readNetwork(image, { sizes }), message);
});

/** `a + b`, both of these dimensions. */
function changedDims(...shapes: (string | number)[][]): Uint8Array {
  const model = decodeModel(
    smallModel({ nodes: [['Add a,b → y']], inputs: { a: [1, 8], b: [1, 8] }, outputs: ['y'] }),
  );
  for (const [i, shape] of shapes.entries())
    model.graph.input[i].type!.tensorType!.shape!.dim = shape.map((size) =>
      typeof size === 'number' ? { dimValue: size } : { dimParam: size },
    );
  return encodeModel(model);
}
