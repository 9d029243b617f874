import type { OperatorGraph } from '../network/graph.js';
import { conv2d } from '../network/operator.js';

type Activation = 'relu' | 'hardSwish';

/**
 * An inverted residual (Sandler et al., arXiv:1801.04381, section 3.3): 1×1 convolution to more channels,
 * depth-wise convolution, 1×1 convolution to fewer; each normalised, the first two activated.
 */
export interface MobileBlock {
  /** Whether there is a first convolution; without it, the middle channels are those of the input. */
  readonly expands: boolean;
  readonly middleChannels: number;
  readonly outChannels: number;
  /** Kernel size of the depth-wise convolution. */
  readonly kernel: number;
  readonly stride: number;
  /** Groups of both 1×1 convolutions; with more than one, the channels between them are shuffled. */
  readonly groups: number;
  readonly activation: Activation;
  /** Channels between the two layers of squeeze-and-excite, and the function that turns the result into weights. */
  readonly squeezeExcite?: { readonly channels: number; readonly gate: 'sigmoid' | 'hardSigmoid' };
  /** Whether the input is added to the result. */
  readonly residual: boolean;
}

/** Adds a block's operators, and returns the name of the last one. */
export function addMobileBlock(
  graph: OperatorGraph,
  input: string,
  block: MobileBlock,
  name: string,
): string {
  const { middleChannels, groups, activation, squeezeExcite } = block;
  let x = input;
  if (block.expands) {
    x = addConvolution(graph, x, middleChannels, 1, `${name}.expand`, { groups, activation });
    if (groups > 1) x = shuffle(graph, x, groups, `${name}.shuffle`);
  }
  const depthwise = { stride: block.stride, groups: middleChannels, activation };
  x = addConvolution(graph, x, middleChannels, block.kernel, `${name}.depthwise`, depthwise);
  if (squeezeExcite) x = excite(graph, x, middleChannels, squeezeExcite, name);
  x = addConvolution(graph, x, block.outChannels, 1, `${name}.project`, { groups });
  return block.residual ? graph.add({ kind: 'add' }, [x, input], `${name}.sum`) : x;
}

/** Adds a convolution, its normalisation and optionally an activation; returns the name of the last operator. */
export function addConvolution(
  graph: OperatorGraph,
  input: string,
  channels: number,
  kernel: number,
  name: string,
  options: { stride?: number; groups?: number; activation?: Activation } = {},
): string {
  const { stride = 1, groups = 1, activation } = options;
  const convolved = graph.add(conv2d(channels, kernel, { stride, groups }), [input], `${name}.conv`);
  const normalised = graph.add({ kind: 'batchNorm' }, [convolved], `${name}.norm`);
  if (activation === undefined) return normalised;
  return graph.add({ kind: activation }, [normalised], `${name}.${activation}`);
}

/** Scales each channel by a weight computed from all channels' means (Hu et al., arXiv:1709.01507, section 3). */
function excite(
  graph: OperatorGraph,
  x: string,
  channels: number,
  { channels: squeezed, gate }: NonNullable<MobileBlock['squeezeExcite']>,
  name: string,
): string {
  const mean = graph.add({ kind: 'globalAvgPool' }, [x], `${name}.squeeze.pool`);
  const narrow = graph.add(conv2d(squeezed, 1, { bias: true }), [mean], `${name}.squeeze.reduce`);
  const active = graph.add({ kind: 'relu' }, [narrow], `${name}.squeeze.relu`);
  const wide = graph.add(conv2d(channels, 1, { bias: true }), [active], `${name}.squeeze.expand`);
  const weight = graph.add({ kind: gate }, [wide], `${name}.squeeze.${gate}`);
  return graph.add({ kind: 'mul' }, [x, weight], `${name}.squeeze.scale`);
}

/** Distributes the channels of each group over all groups (Zhang et al., arXiv:1707.01083, section 3.1). */
function shuffle(graph: OperatorGraph, x: string, groups: number, name: string): string {
  const [channels, height, width] = graph.shape(x);
  const grouped = [groups, channels / groups, height, width];
  const split = graph.add({ kind: 'reshape', shape: grouped }, [x], `${name}.split`);
  const dealt = graph.add({ kind: 'transpose', permutation: [1, 0, 2, 3] }, [split], `${name}.transpose`);
  return graph.add({ kind: 'reshape', shape: [channels, height, width] }, [dealt], `${name}.join`);
}
