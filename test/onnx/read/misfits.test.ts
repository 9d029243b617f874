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
  [
    'Conv x,w → y',
    { strides: [9, 9] },
    { inputs: IMAGE, weights: { w: [6, 4, 9, 9] } },
    /\[9, 9\] is larger than its input \[8, 8\]/,
  ],
  ['ConvTranspose x,w,b → y', {}, { inputs: IMAGE, weights: { w: [4, 3, 3, 3], b: [4] } }, /bias is \[4\]/],
  ['ConvTranspose x,w → y', { group: 3 }, { inputs: IMAGE, weights: { w: [4, 1, 3, 3] } }, /3 groups/],
  [
    'ConvTranspose x,w → y',
    { strides: [2, 2], output_padding: [2, 2] },
    { inputs: IMAGE, weights: { w: [4, 3, 3, 3] } },
    /output padding 2 is not below its stride/,
  ],
  [
    'ConvTranspose x,w → y',
    { output_shape: [30, 30] },
    { inputs: IMAGE, weights: { w: [4, 3, 3, 3] } },
    /its output \[30, 30\] cannot come from its input \[8, 8\]/,
  ],
  [
    'MaxPool x → y',
    { kernel_shape: [1, 1], strides: [3, 3], auto_pad: 'SAME_UPPER' },
    { inputs: IMAGE },
    /stride 3 passes over the end of its input/,
  ],
  [
    'Pad x,p → y',
    { mode: 'reflect' },
    { inputs: IMAGE, ints: { p: [0, 0, 8, 0, 0, 0, 0, 0] } },
    /padding of 8 reflects more than there is in a dimension of 8/,
  ],
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
    /shift is \[3\], and it has 4 channels/,
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
  [
    'Conv x,w → y',
    { auto_pad: 'SAME_UPPER', dilations: [2, 2] },
    { inputs: IMAGE, weights: { w: [6, 4, 3, 3] } },
    /write its pads out/,
  ],
  [
    'Conv x,w,b → y',
    {},
    { inputs: IMAGE, weights: { w: [6, 4, 3, 3], b: [1, 6] } },
    /bias is \[1, 6\].* 6 output/,
  ],
  [
    'ConvTranspose x,w → y',
    { kernel_shape: [2, 2] },
    { inputs: IMAGE, weights: { w: [4, 3, 3, 3] } },
    /kernel is \[2, 2\], and that of its weight \[3, 3\]/,
  ],
  [
    'BatchNormalization x,s,b,m,v → y',
    {},
    { inputs: IMAGE, weights: { s: [4], b: [4], m: [3], v: [4] }, opset: 9 },
    /mean is \[3\], and it has 4 channels/,
  ],
  [
    'AveragePool x → y',
    { kernel_shape: [3, 3], pads: [0, 3, 0, 0], ceil_mode: 1 },
    { inputs: IMAGE },
    /pads \[0, 3, 0, 0\] do not go with its kernel/,
  ],
  [
    'LSTM x,w,r,,,h → y',
    { hidden_size: 6 },
    { inputs: STEPS, weights: { w: W, r: [1, 24, 6], h: [1, 1, 6] } },
    /first state is \[1, 1, 6\], not \[1, 2, 6\]/,
  ],
  [
    'LSTM x,w,r,,,,,p → y',
    { hidden_size: 6 },
    { inputs: STEPS, weights: { w: W, r: [1, 24, 6], p: [1, 12] } },
    /peephole weight is \[1, 12\], not \[1, 18\]/,
  ],
  [
    'QuantizeLinear x,s → y',
    {},
    { inputs: IMAGE, weights: { s: [3] } },
    /scales \[3\] do not go along axis 1/,
  ],
  [
    'Attention q,k,v → y',
    {},
    { inputs: { q: [1, 2, 5, 8], k: [1, 2, 7, 8], v: [1, 2, 6, 8] }, opset: 23 },
    /7 keys and 6 values/,
  ],
  [
    'Attention q,k,v → y',
    { q_num_heads: 3, kv_num_heads: 2 },
    { inputs: { q: [1, 5, 12], k: [1, 5, 8], v: [1, 5, 8] }, opset: 23 },
    /3 heads of queries are no multiple of its 2/,
  ],
  [
    'com.microsoft:SkipLayerNormalization x,z,g,b → y',
    {},
    { inputs: { x: [1, 5, 8], z: [1, 5, 8] }, weights: { g: [8], b: [4] } },
    /shift is \[4\], and it has 8 features/,
  ],
  [
    'com.microsoft:BiasGelu x,b → y',
    {},
    { inputs: { x: [1, 5, 8] }, weights: { b: [4] } },
    /bias is \[4\], and it has 8 features/,
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
  // onnxruntime ends the program at these two.
  [
    'a split into another number of parts than it writes',
    {
      nodes: [['Split x → a,y', { axis: 1, num_outputs: 3 }]],
      inputs: { x: [1, 6] },
      outputs: ['a', 'y'],
      opset: 18,
    },
    /node "a" \(Split\) has 2 outputs, and num_outputs 3/,
  ],
  [
    'batch dimensions below none, too',
    {
      nodes: [['GatherND x,i → y', { batch_dims: -1000 }]],
      inputs: { x: [2, 2, 2] },
      constants: [{ name: 'i', dims: [2, 1], dataType: 7, int64Data: [1, 0] }],
      outputs: ['y'],
    },
    /node "y" \(GatherND\) has the batch_dims -1000/,
  ],
  [
    'an operator set that is newer than onnxruntime’s',
    { nodes: [['Relu x → y']], inputs: IMAGE, outputs: ['y'], opset: 99 },
    /an operator set of ai\.onnx that is newer than \d+, the newest that is read/,
  ],
  [
    'scales of a weight that do not go with it',
    {
      nodes: [['QuantizeLinear w,s → q'], ['DequantizeLinear q,s → d'], ['MatMul x,d → y']],
      inputs: { x: [1, 8] },
      weights: { w: [8, 6], s: [5] },
      outputs: ['y'],
    },
    /node "q" \(QuantizeLinear\): its scales \[5\] do not go along axis 1 of \[8, 6\]/,
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
