import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totalCost } from '../../../src/network/cost.js';
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
