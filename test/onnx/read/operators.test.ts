import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totalCost } from '../../../src/network/cost.js';
import type { TensorProto } from '../../../src/onnx/proto.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { tensorOf } from '../../../src/onnx/read/tensor-graph.js';
import { withoutWeights } from '../../../src/onnx/without-weights.js';
import { runtimeShapes } from './runtime-shapes.js';
import { type SmallModel, smallModel } from './small-model.js';

interface Counted extends SmallModel {
  /** Counted by formula: products, and one for each output element of a bias. */
  readonly macs: number;
  /** Elements of learned constants. */
  readonly parameters: number;
}

const IMAGE = { x: [1, 3, 14, 11] };
/** The integer of 64 bits next to the largest that a number can be exactly. */
const FAR = 2 ** 63 - 1024;

/** Integers of 8 bits, ones. */
function small(name: string, dims: number[]): TensorProto {
  return {
    name,
    dims,
    dataType: 3,
    rawData: new Uint8Array(dims.reduce((product, size) => product * size, 1)).fill(1),
  };
}

const MODELS: Readonly<Record<string, Counted>> = {
  // PyTorch's `x.shape[2:]` of operator set 9 ends at the largest integer.
  'sizes cut from a shape up to the largest integer, in an old operator set': {
    nodes: [
      ['Shape x → all'],
      ['Slice all → size', { axes: [0], starts: [2], ends: [FAR] }],
      ['ReduceProd size → product', { axes: [0], keepdims: 1 }],
      ['Concat ones,product → repeats', { axis: 0 }],
      ['Tile column,repeats → row'],
      ['MatMul z,row → y'],
      ['Relu x → r'],
    ],
    inputs: { x: [1, 4, 15, 17], z: [1, 6, 4] },
    weights: { column: [4, 1] },
    ints: { ones: [1] },
    outputs: ['y', 'r'],
    opset: 9,
    macs: 6 * 4 * 255,
    parameters: 4,
  },
  'slices of an old operator set whose axes and bounds count from the end': {
    nodes: [
      ['Slice x → a', { axes: [-1, -2], starts: [1, -1_000_000], ends: [FAR, 5] }],
      ['Slice a → y', { axes: [2], starts: [-FAR], ends: [-1] }],
    ],
    inputs: { x: [1, 4, 15, 17] },
    outputs: ['y'],
    opset: 9,
    macs: 0,
    parameters: 0,
  },
  'a product whose right matrices stand in front of their batch': {
    nodes: [['com.microsoft:FusedMatMul x,w → y', { transBatchB: 1 }]],
    inputs: { x: [2, 3, 6, 32] },
    weights: { w: [32, 2, 3, 5] },
    outputs: ['y'],
    macs: 2 * 3 * 6 * 5 * 32,
    parameters: 960,
  },
  'a matrix that any transB but 0 transposes': {
    nodes: [['Gemm x,w → y', { transB: 2 }]],
    inputs: { x: [3, 9] },
    weights: { w: [5, 9] },
    outputs: ['y'],
    macs: 135,
    parameters: 45,
  },
  'a weight of small integers that is cast and scaled': {
    nodes: [['Cast k → f', { to: 1 }], ['Mul f,scale → w'], ['MatMul x,w → y']],
    inputs: { x: [1, 64] },
    constants: [small('k', [64, 32])],
    weights: { scale: [1] },
    outputs: ['y'],
    macs: 64 * 32,
    parameters: 64 * 32 + 1,
  },
  'one weight of small integers, transposed twice': {
    nodes: [
      ['Transpose k → a', { perm: [1, 0] }],
      ['Transpose k → b', { perm: [1, 0] }],
      ['DequantizeLinear a,s → v'],
      ['DequantizeLinear b,s → w'],
      ['MatMul x,v → h'],
      ['MatMul h,w → y'],
    ],
    inputs: { x: [1, 16] },
    constants: [small('k', [16, 16])],
    weights: { s: [] },
    outputs: ['y'],
    macs: 2 * 256,
    parameters: 256,
  },
  'a sum of products whose other dimensions are broadcast': {
    nodes: [['Einsum x,z → y', { equation: '...ij,...jk->...ik' }]],
    inputs: { x: [3, 1, 5, 6], z: [1, 4, 6, 7] },
    outputs: ['y'],
    macs: 3 * 4 * 5 * 6 * 7,
    parameters: 0,
  },
  'a quantised product with a bias': {
    nodes: [['com.microsoft:DynamicQuantizeMatMul x,k,s,,b → y']],
    inputs: { x: [1, 64] },
    constants: [small('k', [64, 16])],
    weights: { s: [1], b: [16] },
    outputs: ['y'],
    macs: 64 * 16 + 16,
    parameters: 64 * 16 + 16,
  },
  'a transposed convolution that chooses its padding ignores more at the end': {
    nodes: [
      ['ConvTranspose x,w → t', { auto_pad: 'SAME_UPPER', strides: [2, 2], output_padding: [1, 1] }],
      ['Conv t,v → y'],
    ],
    inputs: { x: [1, 4, 4, 4] },
    weights: { w: [4, 3, 3, 3], v: [8, 3, 3, 3] },
    outputs: ['y'],
    macs: 16 * 4 * 27 + 36 * 8 * 27,
    parameters: 108 + 216,
  },
  'a transposed convolution whose output is smaller than its input': {
    nodes: [['ConvTranspose x,w → y', { output_shape: [3, 3] }]],
    inputs: { x: [1, 4, 4, 4] },
    weights: { w: [4, 3, 3, 3] },
    outputs: ['y'],
    macs: 16 * 4 * 27,
    parameters: 108,
  },
  'pads that a pool ignores': {
    nodes: [
      ['AveragePool x → p', { kernel_shape: [2, 2], auto_pad: 'VALID', pads: [1, 1, 1, 1] }],
      ['Conv p,w → y'],
    ],
    inputs: { x: [1, 4, 8, 8] },
    weights: { w: [2, 4, 3, 3] },
    outputs: ['y'],
    macs: 25 * 2 * 36,
    parameters: 72,
  },
  'a slice of an old operator set whose axes are not sorted': {
    nodes: [['Slice x → y', { axes: [3, 2], starts: [1, 2], ends: [7, 100] }]],
    inputs: { x: [1, 4, 8, 8] },
    outputs: ['y'],
    opset: 9,
    macs: 0,
    parameters: 0,
  },
  'a pool that onnxruntime runs although its stride passes over the end': {
    nodes: [['LpPool x → y', { kernel_shape: [1, 1], strides: [3, 3], auto_pad: 'SAME_UPPER' }]],
    inputs: { x: [1, 4, 8, 8] },
    outputs: ['y'],
    macs: 0,
    parameters: 0,
  },
  'a count of what is not zero among known values': {
    nodes: [['NonZero flags → where'], ['Transpose where → rows', { perm: [1, 0] }], ['GatherND x,rows → y']],
    inputs: { x: [4, 5] },
    constants: [{ name: 'flags', dims: [4], dataType: 1, floatData: [0, 1, 0, 1] }],
    outputs: ['y'],
    macs: 0,
    parameters: 4,
  },
  // A window that would begin in the padding behind the input is none: 11 + 1 of 12 columns are not reached.
  'a pool whose last window would begin in the padding': {
    nodes: [['MaxPool x → y', { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }]],
    inputs: IMAGE,
    outputs: ['y'],
    macs: 0,
    parameters: 0,
  },
  'such pools behind each other, around a convolution': {
    nodes: [
      ['AveragePool x → a', { kernel_shape: [3, 3], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 }],
      ['Conv a,w → b', { pads: [1, 1, 1, 1] }],
      ['MaxPool b → y,i', { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }],
    ],
    inputs: { x: [1, 3, 32, 23] },
    weights: { w: [4, 3, 3, 3] },
    outputs: ['y', 'i'],
    macs: 4 * 11 * 8 * 27,
    parameters: 108,
  },
  'a pool without padding whose last window would begin behind the input': {
    nodes: [['MaxPool x → y', { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 }]],
    inputs: { x: [1, 3, 9, 8] },
    outputs: ['y'],
    macs: 0,
    parameters: 0,
  },
  'a recurrent layer with the states that exporters begin it with': {
    nodes: [['LSTM x,w,r,b,,h,h → y', { hidden_size: 6 }]],
    inputs: { x: [7, 2, 5] },
    weights: { w: [1, 24, 5], r: [1, 24, 6], b: [1, 48], h: [1, 2, 6] },
    outputs: ['y'],
    macs: 7 * 2 * (24 * 5 + 24 * 6 + 48),
    parameters: 24 * 5 + 24 * 6 + 48,
  },
  // Training that knows of quantisation leaves the weight as floats, and quantises it in the file.
  'a weight that the file quantises': {
    nodes: [
      ['QuantizeLinear w,s → q', { axis: 0 }],
      ['DequantizeLinear q,s → d', { axis: 0 }],
      ['Conv x,d → y'],
    ],
    inputs: IMAGE,
    weights: { w: [4, 3, 3, 3], s: [4] },
    outputs: ['y'],
    macs: 4 * 12 * 9 * 27,
    parameters: 108,
  },
  'a dilated pool that pads as if it were not': {
    nodes: [
      ['MaxPool x → y', { kernel_shape: [3, 3], strides: [2, 2], dilations: [2, 2], auto_pad: 'SAME_UPPER' }],
    ],
    inputs: IMAGE,
    outputs: ['y'],
    macs: 0,
    parameters: 0,
  },
  'a transposed convolution of groups with output padding and dilation': {
    nodes: [
      [
        'ConvTranspose x,w,b → y',
        { strides: [2, 2], dilations: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1], group: 2 },
      ],
    ],
    inputs: { x: [1, 4, 7, 7] },
    weights: { w: [4, 3, 3, 3], b: [6] },
    outputs: ['y'],
    macs: 4 * 49 * 3 * 9 + 6 * 16 * 16,
    parameters: 114,
  },
  'a normalisation that onnxruntime’s inference passes over': {
    nodes: [['MeanVarianceNormalization x → y', { axes: [0, 2, 3] }]],
    inputs: IMAGE,
    outputs: ['y'],
    macs: 0,
    parameters: 0,
  },
  'half-precision weights behind a Cast': {
    nodes: [['Cast h → w', { to: 1 }], ['Conv x,w → y']],
    inputs: { x: [1, 3, 8, 8] },
    constants: [{ name: 'h', dims: [4, 3, 3, 3], dataType: 10, rawData: new Uint8Array(216) }],
    outputs: ['y'],
    macs: 4 * 36 * 27,
    parameters: 108,
  },
  'weights of bfloat16 behind a Cast': {
    nodes: [['Cast h → w', { to: 1 }], ['MatMul x,w → y']],
    inputs: { x: [2, 64] },
    constants: [{ name: 'h', dims: [64, 64], dataType: 16, rawData: new Uint8Array(8192) }],
    outputs: ['y'],
    macs: 2 * 64 * 64,
    parameters: 4096,
  },
  'an input of no rows': {
    nodes: [['Conv x,w → y']],
    inputs: { x: [0, 3, 8, 8] },
    weights: { w: [4, 3, 3, 3] },
    outputs: ['y'],
    macs: 0,
    parameters: 108,
  },
  // Attention of 5 queries over 3 kept and 5 own keys, 2 heads of 8 features.
  'attention that keeps earlier keys': {
    nodes: [['Attention q,k,v,,pk,pv → y,ok,ov']],
    inputs: {
      q: [1, 2, 5, 8],
      k: [1, 2, 5, 8],
      v: [1, 2, 5, 8],
      pk: [1, 2, 3, 8],
      pv: [1, 2, 3, 8],
    },
    outputs: ['y', 'ok', 'ov'],
    opset: 23,
    macs: 5 * 8 * (16 + 16),
    parameters: 0,
  },
  'onnxruntime’s own attention, with its projection': {
    nodes: [['com.microsoft:Attention x,w,b → y', { num_heads: 2, qkv_hidden_sizes: [8, 8, 12] }]],
    inputs: { x: [2, 5, 6] },
    weights: { w: [6, 28], b: [28] },
    outputs: ['y'],
    macs: 10 * 28 * (6 + 1) + 2 * 5 * 5 * (8 + 12),
    parameters: 6 * 28 + 28,
  },
  'onnxruntime’s own attention of heads, with biases': {
    nodes: [['com.microsoft:MultiHeadAttention q,k,v,b → y', { num_heads: 2 }]],
    inputs: { q: [1, 5, 8], k: [1, 7, 8], v: [1, 7, 8] },
    weights: { b: [24] },
    outputs: ['y'],
    macs: 5 * 7 * (8 + 8) + 5 * 8 + 7 * 16,
    parameters: 24,
  },
  // Each of 6 rows goes through 2 of 4 experts.
  'layers of experts': {
    nodes: [['com.microsoft:MoE x,r,v,a,w,b → y', { k: 2, activation_type: 'relu' }]],
    inputs: { x: [6, 8], r: [6, 4] },
    weights: { v: [4, 16, 8], a: [4, 16], w: [4, 8, 16], b: [4, 8] },
    outputs: ['y'],
    macs: 6 * 2 * (16 * 8 + 16 + 8 * 16 + 8),
    parameters: 4 * (16 * 8 + 16 + 8 * 16 + 8),
  },
  'a weight of four bits': {
    nodes: [['com.microsoft:MatMulNBits x,w,s → y', { K: 32, N: 4, bits: 4, block_size: 32 }]],
    inputs: { x: [2, 32] },
    constants: [{ name: 'w', dims: [4, 1, 16], dataType: 2, rawData: new Uint8Array(64) }],
    weights: { s: [4] },
    outputs: ['y'],
    macs: 2 * 4 * 32,
    parameters: 4 * 32,
  },
};

for (const [name, model] of Object.entries(MODELS)) {
  test(`${name}: shapes of a run, costs by formula, with weights and without`, async () => {
    const file = smallModel(model);
    const graph = await readTensorGraph(file);
    const inputs = new Map(graph.inputs.map((input) => [input, tensorOf(graph, input).shape]));
    const run = await runtimeShapes(file, inputs);
    for (const output of graph.outputs) assert.deepEqual(tensorOf(graph, output).shape, run.get(output));
    for (const bytes of [file, withoutWeights(file)]) {
      const { macs, parameters } = totalCost((await readNetwork(bytes)).network);
      assert.deepEqual({ macs, parameters }, { macs: model.macs, parameters: model.parameters });
    }
  });
}

test('operators that multiply, and of which nothing is counted, are named in a note', async () => {
  const notesOf = async (...nodes: SmallModel['nodes']) => {
    const file = smallModel({ nodes, inputs: { x: [1, 8, 8] }, outputs: ['y'] });
    return (await readNetwork(file)).notes;
  };
  assert.deepEqual(
    await notesOf(
      ['com.microsoft:Inverse x → a'],
      ['com.microsoft:Inverse a → b'],
      ['Det b → c'],
      ['Add x,c → y'],
    ),
    ['multiply-accumulates that are not counted: Inverse (2 nodes), Det (1 node)'],
  );
  assert.deepEqual(
    await notesOf(['com.microsoft:QuickGelu x → a'], ['ai.onnx.ml:Scaler a → b'], ['Relu b → y']),
    [],
  );
});

test('tensors of types that onnxruntime has, but not its JavaScript, keep their types', async () => {
  const model = smallModel({
    nodes: [
      ['Cast x → a', { to: 16 }],
      ['Reshape a,flat → b'],
      ['QuantizeLinear b,s,z → q'],
      ['DequantizeLinear q,s,z → d'],
      ['Cast d → c', { to: 1 }],
      ['MatMul c,w → y'],
    ],
    inputs: { x: [1, 2, 2] },
    weights: { w: [4, 4] },
    ints: { flat: [1, 4] },
    constants: [
      { name: 's', dims: [], dataType: 16, rawData: new Uint8Array(2) },
      { name: 'z', dims: [], dataType: 17, rawData: new Uint8Array(1) },
    ],
    outputs: ['y'],
    opset: 21,
  });
  const graph = await readTensorGraph(model);
  const types = graph.nodes.map(({ outputs: [name] }) => tensorOf(graph, name).type);
  assert.deepEqual(types, ['bfloat16', 'bfloat16', 'float8e4m3fn', 'bfloat16', 'float32', 'float32']);
  assert.deepEqual(tensorOf(graph, 'y').shape, [1, 4]);
});
