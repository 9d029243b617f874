/** A tensor's dimensions without the batch: `[channels, height, width]`, `[tokens, features]` … */
export type Shape = readonly number[];

/** `[height, width]`. */
export type Pair = readonly [number, number];

/** `[top, left, bottom, right]`. */
export type Padding = readonly [number, number, number, number];

/** An input of the network. */
export interface Input {
  readonly kind: 'input';
  readonly shape: Shape;
}

/** A tensor that depends on no input: a position embedding, a class token, a mask. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly shape: Shape;
  /** Number of learned values, if not all are learned: fewer if it is gathered from a table, 0 for a mask. */
  readonly learned?: number;
}

/** Convolution of `[channels, height, width]`; depth-wise if there are as many groups as channels. */
export interface Conv2d {
  readonly kind: 'conv2d';
  readonly outChannels: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
}

/** Transposed convolution (“deconvolution”) of `[channels, height, width]`. */
export interface ConvTranspose2d extends Omit<Conv2d, 'kind'> {
  readonly kind: 'convTranspose2d';
  readonly outputPadding: Pair;
}

/** Matrix multiplication of the last dimension with learned weights. */
export interface Linear {
  readonly kind: 'linear';
  readonly outFeatures: number;
  readonly bias: boolean;
}

/** Normalisation by statistics of the training data, with a learned scale and shift per channel (dimension 0). */
export interface BatchNorm {
  readonly kind: 'batchNorm';
}

/** Normalisation within each channel group (dimension 0), with a learned scale and shift per channel. */
export interface GroupNorm {
  readonly kind: 'groupNorm';
  readonly groups: number;
}

/** Normalisation over the last `dimensions` dimensions, with learned scale and shift (RMS: scale only). */
export interface LayerNorm {
  readonly kind: 'layerNorm' | 'rmsNorm';
  readonly dimensions: number;
}

export const ELEMENTWISE_KINDS = [
  'relu',
  'relu6',
  'leakyRelu',
  'elu',
  'sigmoid',
  'hardSigmoid',
  'swish',
  'hardSwish',
  'gelu',
  'mish',
  'softplus',
  'tanh',
  'erf',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'negate',
  'abs',
  'clip',
] as const;

/** A function of each element separately: activations, and the operations that attention is built from. */
export interface Elementwise {
  readonly kind: (typeof ELEMENTWISE_KINDS)[number];
}

export interface Softmax {
  readonly kind: 'softmax';
  readonly axis: number;
}

/** Pooling of `[channels, height, width]`. */
export interface Pool {
  readonly kind: 'maxPool' | 'avgPool';
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  /** Whether to include a last window that reaches beyond the padded input. */
  readonly ceil: boolean;
}

/** `[channels, height, width]` → `[channels, 1, 1]`. */
export interface GlobalPool {
  readonly kind: 'globalAvgPool' | 'globalMaxPool';
}

export interface Reduce {
  readonly kind: 'reduceMean' | 'reduceSum' | 'reduceMax';
  readonly axes: readonly number[];
  /** Whether reduced dimensions are kept with size 1. */
  readonly keepDimensions: boolean;
}

/** Arithmetic between tensors whose shapes are broadcast as in NumPy. */
export interface Arithmetic {
  readonly kind: 'add' | 'mul' | 'subtract' | 'divide' | 'power' | 'maximum' | 'minimum';
}

/** Product of two computed matrices `[…, m, k]` and `[…, k, n]`; leading dimensions are broadcast. */
export interface Matmul {
  readonly kind: 'matmul';
}

export interface Concat {
  readonly kind: 'concat';
  readonly axis: number;
}

/** The part `start` … `end` (exclusive) of one dimension. */
export interface Slice {
  readonly kind: 'slice';
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** Look-up of a learned vector per token: `[tokens]` → `[tokens, features]`. */
export interface Embedding {
  readonly kind: 'embedding';
  readonly vocabulary: number;
  readonly features: number;
}

export interface Reshape {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

export interface Transpose {
  readonly kind: 'transpose';
  /** For each dimension of the output, the input's dimension. */
  readonly permutation: readonly number[];
}

/** Padding of `[channels, height, width]` with zeros. */
export interface Pad {
  readonly kind: 'pad';
  readonly padding: Padding;
}

/** Interpolation of `[channels, height, width]` to another height and width. */
export interface Resize {
  readonly kind: 'resize';
  readonly size: Pair;
}

/**
 * `flatten` merges all dimensions into one; `identity` passes its input on (dropout at inference); `zeroize`
 * writes zeros in its input's shape; `output` marks a result of the network.
 */
export interface Plain {
  readonly kind: 'flatten' | 'identity' | 'zeroize' | 'output';
}

/**
 * An ONNX operator without a kind of its own (`LSTM`, three-dimensional `Conv`). Its shape and costs come
 * from its file.
 */
export interface Other {
  readonly kind: 'other';
  /** Its name in ONNX. */
  readonly operator: string;
}

/** The operator of a node, distinguished by `kind`. */
export type Operator =
  | Input
  | Parameter
  | Conv2d
  | ConvTranspose2d
  | Linear
  | BatchNorm
  | GroupNorm
  | LayerNorm
  | Elementwise
  | Softmax
  | Pool
  | GlobalPool
  | Reduce
  | Arithmetic
  | Matmul
  | Concat
  | Slice
  | Embedding
  | Reshape
  | Transpose
  | Pad
  | Resize
  | Other
  | Plain;

export type OperatorKind = Operator['kind'];

/** The name of an operator for users: its kind, or ONNX's name if it has no kind of its own. */
export function nameOf(operator: Operator): string {
  return operator.kind === 'other' ? operator.operator : operator.kind;
}

/** A convolution with a square odd kernel, padded so that stride 1 keeps height and width; no bias. */
export function conv2d(
  outChannels: number,
  kernel: number,
  options: { stride?: number; groups?: number; bias?: boolean } = {},
): Conv2d {
  const { stride = 1, groups = 1, bias = false } = options;
  return {
    kind: 'conv2d',
    outChannels,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    padding: evenPadding((kernel - 1) / 2),
    dilation: [1, 1],
    groups,
    bias,
  };
}

/** Pooling with a square kernel and the same padding on all sides. */
export function pool(kind: Pool['kind'], kernel: number, stride: number, padding = 0): Pool {
  return {
    kind,
    kernel: [kernel, kernel],
    stride: [stride, stride],
    padding: evenPadding(padding),
    ceil: false,
  };
}

function evenPadding(size: number): Padding {
  return [size, size, size, size];
}
