import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { runtimeShapes } from './runtime-shapes.js';
import { type SmallModel, smallModel } from './small-model.js';

const IMAGE = { x: [1, 4, 8, 8] };
const STEPS = { x: [7, 2, 5] };
const W = [1, 24, 5];

/** Models that onnxruntime takes and then cannot run, and what is said of them. */
const MISFITS: readonly (readonly [
  node: string,
  attributes: Parameters<typeof smallModel>[0]['nodes'][number][1],
  rest: Omit<SmallModel, 'nodes' | 'outputs'>,
  problem: RegExp,
])[] = [
  ['Conv x,w,b → y', {}, { inputs: IMAGE, weights: { w: [6, 4, 3, 3], b: [5] } }, /bias is \[5\].* 6 output/],
  ['Conv x,w → y', {}, { inputs: IMAGE, weights: { w: [6, 4, 9, 9] } }, /\[9, 9\] is larger than.*\[8, 8\]/],
  ['ConvTranspose x,w,b → y', {}, { inputs: IMAGE, weights: { w: [4, 3, 3, 3], b: [4] } }, /bias is \[4\]/],
  ['ConvTranspose x,w → y', { group: 3 }, { inputs: IMAGE, weights: { w: [4, 1, 3, 3] } }, /3 groups/],
  ['Gemm x,w,b → y', {}, { inputs: { x: [2, 3] }, weights: { w: [3, 5], b: [3] } }, /bias \[3\].*\[2, 5\]/],
  ['Einsum x,w → y', { equation: 'ij,jk->ik' }, { inputs: { x: [2, 3] }, weights: { w: [4, 5] } }, /index j/],
  ['LSTM x,w,r → y', { hidden_size: 6 }, { inputs: STEPS, weights: { w: W, r: [1, 24, 5] } }, /recurrent/],
  [
    'LSTM x,w,r,b → y',
    { hidden_size: 6 },
    { inputs: STEPS, weights: { w: W, r: [1, 24, 6], b: [1, 24] } },
    /bias is \[1, 24\], not \[1, 48\]/,
  ],
  [
    'LSTM x,w,r → y',
    { hidden_size: 6, direction: 'bidirectional' },
    { inputs: STEPS, weights: { w: W, r: [1, 24, 6] } },
    /\[1, 24, 5\], not \[2, 24, 5\]/,
  ],
  ['LayerNormalization x,s → y', {}, { inputs: { x: [2, 8] }, weights: { s: [4] } }, /scale \[4\].*\[8\]/],
  [
    'InstanceNormalization x,s,b → y',
    {},
    { inputs: IMAGE, weights: { s: [4], b: [3] } },
    /3 shifts for 4 channels/,
  ],
  ['Reshape x,s → y', {}, { inputs: { x: [2, 3] }, ints: { s: [5, 5] } }, /6 elements.* 25/],
  ['Gather x,i → y', {}, { inputs: { x: [2, 3] }, ints: { i: [5] } }, /it reads 5 of 2/],
  ['PRelu x,s → y', {}, { inputs: { x: [2, 3, 4] }, weights: { s: [3] } }, /slope \[3\]/],
  ['DepthToSpace x → y', { blocksize: 3 }, { inputs: IMAGE }, /blocks of 9 do not divide 4/],
  ['GlobalAveragePool x → y', {}, { inputs: { x: [2, 3] } }, /nothing to pool/],
  [
    'com.microsoft:Attention x,w,b → y',
    { num_heads: 2 },
    { inputs: { x: [1, 5, 6] }, weights: { w: [8, 24], b: [24] } },
    /weight takes 8 features, and its input has 6/,
  ],
];

for (const [node, attributes, rest, problem] of MISFITS) {
  test(`${node} of what does not fit is refused, as by onnxruntime`, async () => {
    const file = smallModel({ ...rest, nodes: [[node, attributes]], outputs: ['y'] });
    await assert.rejects(runtimeShapes(file, new Map(Object.entries(rest.inputs))));
    await assert.rejects(readNetwork(file), (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^node "y" \(\w+\): /);
      assert.match(error.message, problem);
      return true;
    });
  });
}

const UNREAD: readonly (readonly [what: string, model: SmallModel, message: RegExp])[] = [
  [
    'a sequence of tensors',
    {
      nodes: [['SequenceConstruct x,x → s'], ['ConcatFromSequence s → y', { axis: 0 }]],
      inputs: { x: [2, 3] },
      outputs: ['y'],
    },
    /node "s" \(SequenceConstruct\): what it writes is a sequence/,
  ],
  [
    'constants that do not go together',
    {
      nodes: [['Add a,b → c'], ['Reshape x,c → y']],
      inputs: { x: [2, 3] },
      ints: { a: [1, 2], b: [1, 2, 3] },
      outputs: ['y'],
    },
    /node "c" \(Add\)/,
  ],
  [
    'a window larger than its input, of which onnxruntime does not say whose it is',
    { nodes: [['Relu x → r'], ['MaxPool r → y', { kernel_shape: [9, 9] }]], inputs: IMAGE, outputs: ['y'] },
    /node "y" \(MaxPool\)/,
  ],
];

for (const [what, model, message] of UNREAD) {
  test(`${what}: the refusal says which node`, async () => {
    await assert.rejects(
      readNetwork(smallModel(model)),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}
