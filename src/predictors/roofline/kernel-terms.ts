import type { Kernel } from '../../runtimes/kernel.js';

/** Kernels with similar code: the kinds of a group share trends, and are assumed to be alike if little is known. */
export const GROUPS = ['convolution', 'depthwise', 'matrix', 'memory'] as const;
export type Group = (typeof GROUPS)[number];

/** Trends of the time per multiply-accumulate. */
export const COMPUTE_TRENDS = ['k', 'n', 'filling', 'm', 'window', 'stride'] as const;
/** Trends of the time per byte. */
export const MEMORY_TRENDS = ['bytes', 'function', 'stride', 'inner'] as const;

/** The amounts that determine a kernel's time. */
export interface KernelTerms {
  readonly kind: string;
  readonly group: Group;
  readonly macs: number;
  /** Bytes read and written, without weights. */
  readonly bytes: number;
  readonly weightBytes: number;
  /** `[COMPUTE_TRENDS]` */
  readonly compute: readonly number[];
  /** `[MEMORY_TRENDS]` */
  readonly memory: readonly number[];
}

/** Number of channels that matrix units multiply at once; smaller numbers are padded to it. */
const CHANNELS = 32;

export function termsOf(kernel: Kernel): KernelTerms {
  const { kind, macs, weightBytes, stride, batch } = kernel;
  const group = groupOf(kind);
  const isDepthwise = group === 'depthwise';
  const bytes = kernel.inBytes + kernel.outBytes;
  const perGroup = group === 'convolution' ? kernel.inChannels / kernel.groups : kernel.k;
  const byte = [
    saturation(bytes, 4e6),
    kernel.activation === '' ? 0 : 1,
    Math.log(stride),
    macs > 0 ? 0 : saturation(kernel.innerLength, 32),
  ];
  if (macs === 0)
    return { kind, group, macs, bytes, weightBytes, compute: COMPUTE_TRENDS.map(() => 0), memory: byte };
  const compute = [
    saturation(kernel.k, 64),
    saturation(isDepthwise ? kernel.inChannels : kernel.n, 64),
    isDepthwise ? 0 : filling(kernel.n) + filling(perGroup),
    saturation(kernel.m * batch, 20_000),
    Math.log(Math.max(kernel.window, 1)),
    Math.log(stride),
  ];
  return { kind, group, macs, bytes, weightBytes, compute, memory: byte };
}

function groupOf(kind: string): Group {
  if (kind.startsWith('Conv.depthwise')) return 'depthwise';
  if (kind.startsWith('Conv')) return 'convolution';
  return /^(Gemm|MatMul|Attention)/.test(kind) ? 'matrix' : 'memory';
}

/** Logarithm of the share of peak speed that a size allows: -ln 2 at `half`, and never less than a fifth. */
const saturation = (size: number, half: number) => {
  const counted = Math.max(size, half / 4);
  return Math.log(counted / (counted + half));
};

const filling = (channels: number) =>
  Math.log((Math.ceil(channels / CHANNELS) * CHANNELS) / Math.max(channels, 1));
