import { elements } from '../base/elements.js';
import { macsOf } from '../onnx/read/costs.js';
import { type Described, type Kernel, UNSIZED, VECTOR } from './kernel.js';
import { copying, elementwise, normalisation, pooling, reduction, view } from './kernels-moving.js';
import {
  bytesOf,
  integerAttribute,
  integers,
  NCHWC,
  type RuntimeNode,
  type RuntimeTensor,
  text,
} from './runtime-node.js';

type Describe = (node: RuntimeNode) => Described;

/** How the work of operators is counted; for all others, by multiply-accumulates and the bytes read and written. */
const DESCRIPTIONS: readonly (readonly [Describe, readonly string[]])[] = [
  [convolution, ['Conv', 'FusedConv', 'NhwcFusedConv', 'ConvInteger', 'QLinearConv']],
  [transposedConvolution, ['ConvTranspose']],
  [gemm, ['Gemm', 'FusedGemm', 'QGemm']],
  [
    matrixProduct,
    [
      'MatMul',
      'FusedMatMul',
      'MatMulInteger',
      'MatMulIntegerToFloat',
      'DynamicQuantizeMatMul',
      'QLinearMatMul',
    ],
  ],
  [recurrent, ['LSTM', 'GRU', 'RNN', 'DynamicQuantizeLSTM']],
  [pooling, ['MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool']],
  [
    normalisation,
    [
      'LayerNormalization',
      'SkipLayerNormalization',
      'SimplifiedLayerNormalization',
      'SkipSimplifiedLayerNormalization',
      'BatchNormalization',
      'InstanceNormalization',
      'GroupNormalization',
      'Softmax',
      'LogSoftmax',
      'LpNormalization',
      'BiasSoftmax',
    ],
  ],
  [
    reduction,
    [
      'ReduceMean',
      'ReduceSum',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceLogSumExp',
      'ReduceSumSquare',
      'ArgMax',
      'ArgMin',
      'TopK',
      'CumSum',
    ],
  ],
  [
    elementwise,
    [
      'Add',
      'Sub',
      'Mul',
      'Div',
      'Pow',
      'Max',
      'Min',
      'Sum',
      'Where',
      'PRelu',
      'Equal',
      'Greater',
      'Less',
      'And',
      'Or',
    ],
  ],
  [view, ['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity', 'Dropout']],
  [
    copying,
    [
      'Transpose',
      'Concat',
      'Split',
      'Slice',
      'Gather',
      'Pad',
      'Tile',
      'Expand',
      'ReorderInput',
      'ReorderOutput',
      'Resize',
      'Upsample',
      'DepthToSpace',
      'SpaceToDepth',
    ],
  ],
];

const DESCRIBE: ReadonlyMap<string, Describe> = new Map(
  DESCRIPTIONS.flatMap(([describe, ops]) => ops.map((op) => [op, describe] as const)),
);

/**
 * The kernel that a node runs. A fused activation does not change its kind: `FusedConv` is `Conv` with an
 * activation.
 *
 * @param node with the shapes in which the runtime executes it
 */
export function kernelOf(node: RuntimeNode): Kernel {
  const read = node.inputs.filter((tensor) => tensor !== undefined);
  const total = (tensors: readonly RuntimeTensor[]) =>
    tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const [output] = node.outputs;
  return {
    ...UNSIZED,
    kind: node.operator,
    dtype: (read.find(({ constant }) => !constant) ?? output)?.type ?? 'float32',
    inBytes: total(read.filter(({ constant }) => !constant)),
    outBytes: total(node.outputs),
    weightBytes: total(read.filter(({ constant, type }) => constant && type !== 'int64')),
    activation: text(node, 'activation'),
    ...(DESCRIBE.get(node.operator) ?? multiplied)(node),
  };
}

/** The products inside attention, sums of products and experts. */
function multiplied(node: RuntimeNode): Described {
  const macs = macsOf(node);
  return macs > 0 ? { macs, paddedMacs: macs } : {};
}

const filled = (size: number): number => Math.ceil(size / VECTOR) * VECTOR;
const withoutFusion = (op: string): string => op.replace(/^Fused(?=Conv|Gemm)/, '');

/** Joins the parts of a kind's name that apply. */
const named = (...parts: readonly (string | false)[]): string => parts.filter(Boolean).join('.');

function geometry(node: RuntimeNode, window: number): Described {
  return {
    window,
    stride: Math.max(1, ...integers(node, 'strides')),
    dilation: Math.max(1, ...integers(node, 'dilations')),
  };
}

/**
 * The weights are input 1, or input 3 of a quantised convolution. Blocks of 16 output channels are the
 * vectors of an NCHWc convolution; positions are those of a convolution by im2col.
 */
function convolution(node: RuntimeNode): Described {
  const [x, w] = [node.inputs[0], node.inputs[node.operator === 'QLinearConv' ? 3 : 1]];
  const [y] = node.outputs;
  if (!x || !w || !y) return {};
  const blocked = node.domain === NCHWC;
  const [channelAxis, spatialAxis] = node.operator === 'NhwcFusedConv' ? [y.shape.length - 1, 1] : [1, 2];
  const dimensions = y.shape.length - 2;
  const positions = elements(y.shape.slice(spatialAxis, spatialAxis + dimensions));
  const [outChannels, perGroup] = [y.shape[channelAxis], w.shape[1]];
  const groups = Math.max(1, integerAttribute(node, 'group', 1));
  const window = elements(w.shape.slice(2));
  const k = perGroup * window;
  const macs = y.shape[0] * positions * outChannels * k;
  const depthwise = groups > 1 && perGroup === 1 && outChannels === groups;
  const variant = depthwise
    ? 'depthwise'
    : groups > 1
      ? 'grouped'
      : blocked && perGroup < VECTOR
        ? 'first'
        : window === 1
          ? 'pointwise'
          : 'spatial';
  return {
    kind: named(
      withoutFusion(node.operator),
      variant,
      dimensions !== 2 && `${dimensions}d`,
      !blocked && 'plain',
    ),
    macs,
    paddedMacs: blocked ? macs : (macs / positions) * filled(positions),
    weightBytes: bytesOf(w),
    m: y.shape[0] * positions,
    n: outChannels / groups,
    k,
    groups,
    inChannels: perGroup * groups,
    outChannels,
    // Input 3 of quantised convolutions is the weights or their zero point.
    fusedSum: !['QLinearConv', 'ConvInteger'].includes(node.operator) && node.inputs[3] !== undefined,
    ...geometry(node, window),
  };
}

/** Every input position is multiplied by the whole window. */
function transposedConvolution(node: RuntimeNode): Described {
  const [[x, w], [y]] = [node.inputs, node.outputs];
  if (!x || !w || !y) return {};
  const groups = Math.max(1, integerAttribute(node, 'group', 1));
  const window = elements(w.shape.slice(2));
  const positions = elements(x.shape.slice(2));
  const n = w.shape[1] * window;
  const macs = x.shape[0] * positions * x.shape[1] * n;
  return {
    kind: named('ConvTranspose', x.shape.length !== 4 && `${x.shape.length - 2}d`),
    macs,
    paddedMacs: (macs / positions) * filled(positions),
    weightBytes: bytesOf(w),
    m: x.shape[0] * positions,
    n,
    k: x.shape[1] / groups,
    groups,
    inChannels: x.shape[1],
    outChannels: y.shape[1],
    ...geometry(node, window),
  };
}

function product(
  op: string,
  right: RuntimeTensor,
  batch: number,
  m: number,
  n: number,
  k: number,
): Described {
  return {
    kind: named(op, right.constant ? m === 1 && 'vector' : 'computed'),
    macs: batch * m * n * k,
    paddedMacs: batch * m * filled(n) * k,
    m,
    n,
    k,
    batch,
  };
}

function gemm(node: RuntimeNode): Described {
  const [a, b] = [node.inputs[0], node.inputs[node.operator === 'QGemm' ? 3 : 1]];
  const [y] = node.outputs;
  if (!a || !b || !y) return {};
  const [m, n] = y.shape;
  const k = elements(b.shape) / (n || 1);
  return product(withoutFusion(node.operator), b, 1, m, n, k);
}

/** The rows of all batches form one matrix if they share the right-hand side. */
function matrixProduct(node: RuntimeNode): Described {
  const [a, b] = [node.inputs[0], node.inputs[node.operator === 'QLinearMatMul' ? 3 : 1]];
  const [y] = node.outputs;
  if (!a || !b || !y) return {};
  const k = a.shape.at(integerAttribute(node, 'transA') ? -2 : -1) ?? 1;
  const n = b.shape.length < 2 ? 1 : (b.shape.at(integerAttribute(node, 'transB') ? -2 : -1) ?? 1);
  const rows = elements(y.shape) / n;
  const shared = b.shape.length < 3;
  const m = shared ? rows : (y.shape.at(-2) ?? 1);
  return product(node.operator, b, rows / m, m, n, k);
}

/** `X [steps, batch, inputs]`, `W [directions, gates·hidden, inputs]`, `R [directions, gates·hidden, hidden]`. */
function recurrent(node: RuntimeNode): Described {
  const [x, w, r] = node.inputs;
  if (!x || !w || !r) return {};
  const [directions] = w.shape;
  const [steps, batch] = integerAttribute(node, 'layout') ? [x.shape[1], x.shape[0]] : x.shape;
  const hidden = integerAttribute(node, 'hidden_size', r.shape[2]);
  const n = elements(w.shape) / directions / x.shape[2];
  const [macs, k] = [directions * steps * batch * n * (x.shape[2] + hidden), hidden];
  return {
    macs,
    paddedMacs: (macs / n) * filled(n),
    weightBytes: bytesOf(w) + bytesOf(r),
    m: steps * batch,
    n,
    k,
    inChannels: x.shape[2],
    outChannels: hidden,
    groups: directions,
    steps: steps * directions,
    batch,
    innerLength: 0,
    activation: '',
  };
}
