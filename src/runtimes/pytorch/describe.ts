import { elements } from '../../base/elements.js';
import type { OperatorGraph } from '../../network/graph.js';
import type { Conv2d, ConvTranspose2d, OperatorKind } from '../../network/operator.js';
import { type Described, type Kernel, UNSIZED } from '../kernel.js';
import type { FusedAttention } from './attention.js';
import { IN_PLACE, memoryOf } from './views.js';

export type Precision = 'float' | 'float16';

/** Operators that one kernel computes, in topological order. */
export interface Call {
  readonly operators: readonly string[];
  readonly attention?: FusedAttention;
}

const BYTES: Readonly<Record<Precision, number>> = { float: 4, float16: 2 };
/** Rows and columns of the tiles that matrix units multiply. */
const TILE = 16;

const filled = (size: number) => Math.ceil(size / TILE) * TILE;

/**
 * The kernels of a call: one, or two for a group normalisation, which computes its means first.
 *
 * @param batch number of inputs that go through the network at once
 * @param layout suffix of the names of convolutions, by the layout of their tensors
 */
export function kernelsOfCall(
  graph: OperatorGraph,
  call: Call,
  batch: number,
  precision: Precision,
  layout: string,
): Kernel[] {
  const memory = traffic(graph, call, batch, BYTES[precision]);
  const [first] = call.operators;
  const operator = graph.operator(first);
  const own: Described =
    call.attention !== undefined
      ? attentionCall(graph, call.attention, batch)
      : operator.kind === 'conv2d' || operator.kind === 'convTranspose2d'
        ? convolution(graph, first, operator, batch, layout)
        : operator.kind === 'linear'
          ? linear(graph, first, batch)
          : operator.kind === 'matmul'
            ? product(graph, first, batch)
            : elementwise(graph, call, batch);
  const kernel = { ...UNSIZED, kind: '', dtype: precision, ...memory, ...own };
  if (kernel.kind !== 'GroupNormalization') return [kernel];
  return [
    { ...kernel, kind: 'ReduceMean', outBytes: 0 },
    { ...kernel, kind: 'Elementwise' },
  ];
}

/** Bytes that cross the boundary of a call: weights, tensors from outside, tensors that are read outside. */
function traffic(graph: OperatorGraph, { operators }: Call, batch: number, bytes: number) {
  const inside = new Set(operators);
  const read = new Set<string>();
  let weights = 0;
  let written = 0;
  for (const name of operators) {
    const operator = graph.operator(name);
    if (operator.kind === 'conv2d' || operator.kind === 'convTranspose2d') {
      const [channels] = graph.shape(graph.inputs(name)[0]);
      weights += (channels / operator.groups) * operator.outChannels * elements(operator.kernel);
    } else if (operator.kind === 'linear') {
      weights += (graph.shape(graph.inputs(name)[0]).at(-1) as number) * operator.outFeatures;
    }
    for (const input of graph.inputs(name)) {
      const source = memoryOf(graph, input);
      if (!inside.has(source)) read.add(source);
    }
    if (isReadOutside(graph, name, inside)) written += elements(graph.shape(name));
  }
  let activations = 0;
  for (const name of read) {
    const size = elements(graph.shape(name));
    if (graph.operator(name).kind === 'parameter') weights += size;
    else activations += size;
  }
  return {
    inBytes: activations * batch * bytes,
    outBytes: written * batch * bytes,
    weightBytes: weights * bytes,
  };
}

function isReadOutside(graph: OperatorGraph, name: string, inside: ReadonlySet<string>): boolean {
  return graph
    .readers(name)
    .some((reader) =>
      IN_PLACE.has(graph.operator(reader).kind) ? isReadOutside(graph, reader, inside) : !inside.has(reader),
    );
}

function convolution(
  graph: OperatorGraph,
  name: string,
  { kernel, groups, outChannels, stride, dilation }: Conv2d | ConvTranspose2d,
  batch: number,
  layout: string,
): Described {
  const [inChannels] = graph.shape(graph.inputs(name)[0]);
  const positions = batch * elements(graph.shape(name).slice(1));
  const window = elements(kernel);
  const k = (inChannels / groups) * window;
  const n = outChannels / groups;
  const variant =
    groups === inChannels && outChannels === groups
      ? 'depthwise'
      : groups > 1
        ? 'grouped'
        : inChannels <= 4
          ? 'first'
          : window === 1
            ? 'pointwise'
            : 'spatial';
  return {
    kind: `Conv.${variant}${layout}`,
    macs: positions * outChannels * k,
    paddedMacs: positions * groups * (variant === 'depthwise' ? k : filled(n) * filled(k)),
    m: positions,
    n,
    k,
    batch: groups,
    window,
    stride: Math.max(...stride),
    dilation: Math.max(...dilation),
    groups,
    inChannels,
    outChannels,
  };
}

function linear(graph: OperatorGraph, name: string, batch: number): Described {
  const shape = graph.shape(name);
  const [m, n] = [batch * elements(shape.slice(0, -1)), shape.at(-1) as number];
  const k = graph.shape(graph.inputs(name)[0]).at(-1) as number;
  return {
    kind: shape.length === 1 ? 'Gemm.vector' : 'Gemm',
    macs: m * n * k,
    paddedMacs: m * filled(n) * filled(k),
    m,
    n,
    k,
  };
}

function product(graph: OperatorGraph, name: string, batch: number): Described {
  const shape = graph.shape(name);
  const [m, n] = shape.slice(-2);
  const k = graph.shape(graph.inputs(name)[0]).at(-1) as number;
  const products = batch * elements(shape.slice(0, -2));
  return {
    kind: 'MatMul',
    macs: products * m * n * k,
    paddedMacs: products * filled(m) * filled(n) * filled(k),
    m,
    n,
    k,
    batch: products,
  };
}

/** `m` queries, `n` keys, `k` features per head, `batch` heads. */
function attentionCall(
  graph: OperatorGraph,
  { scores, mixed, bias }: FusedAttention,
  batch: number,
): Described {
  const [m, n] = graph.shape(scores).slice(-2);
  const k = graph.shape(graph.inputs(scores)[0]).at(-1) as number;
  const values = graph.shape(mixed).at(-1) as number;
  const heads = batch * elements(graph.shape(scores).slice(0, -2));
  return {
    kind: bias === undefined ? 'Attention' : 'Attention.bias',
    macs: heads * m * n * (k + values),
    paddedMacs: heads * filled(m) * filled(n) * (filled(k) + filled(values)),
    m,
    n,
    k,
    batch: heads,
  };
}

/** Names of element-wise kernels: the first one with an operator that the kernel contains. */
const KINDS: readonly (readonly [kind: string, operators: readonly OperatorKind[]])[] = [
  ['Pool', ['maxPool', 'avgPool']],
  ['LayerNormalization', ['layerNorm', 'rmsNorm']],
  ['GroupNormalization', ['groupNorm']],
  ['Softmax', ['softmax']],
  ['ReduceMean', ['globalAvgPool', 'globalMaxPool', 'reduceMean', 'reduceSum', 'reduceMax']],
  ['Resize', ['resize']],
  ['Concat', ['concat', 'slice', 'pad']],
  ['Transpose', ['transpose']],
];
/** Functions that take much longer than an addition. */
const SLOW = new Set<OperatorKind>([
  'gelu',
  'erf',
  'sigmoid',
  'swish',
  'tanh',
  'exp',
  'softplus',
  'mish',
  'elu',
  'power',
]);

function elementwise(graph: OperatorGraph, { operators }: Call, batch: number): Described {
  const kinds = new Set(operators.map((name) => graph.operator(name).kind));
  const kind = KINDS.find(([, some]) => some.some((one) => kinds.has(one)))?.[0] ?? 'Elementwise';
  const sizes = operators.map((name) => elements(graph.shape(name)));
  const pool = operators
    .map((name) => graph.operator(name))
    .find((o) => o.kind === 'maxPool' || o.kind === 'avgPool');
  const last = graph.shape(operators[operators.length - 1]);
  return {
    kind,
    m: batch * Math.max(...sizes),
    n: last.at(-1) ?? 1,
    innerLength: last.at(-1) ?? 1,
    activation: operators.some((name) => SLOW.has(graph.operator(name).kind)) ? 'Sigmoid' : '',
    fusedSum: kinds.has('add'),
    ...(pool !== undefined &&
      'kernel' in pool && { window: elements(pool.kernel), stride: Math.max(...pool.stride) }),
  };
}
