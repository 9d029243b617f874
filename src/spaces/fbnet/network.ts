import type { OperatorGraph } from '../../network/graph.js';
import { addClassifier, chainNetwork, soloNetwork } from '../chain-network.js';
import { addConvolution, addMobileBlock } from '../mobile-block.js';
import type { Architecture } from '../space.js';

interface Operation {
  readonly name: string;
  /** Expansion factor of the channels in the first 1×1 convolution. */
  readonly expansion: number;
  /** Kernel size of the depth-wise convolution. */
  readonly kernel: number;
  /** Groups of the 1×1 convolutions. */
  readonly groups: number;
}

/** The choices at every position except `skip`, in HW-NAS-Bench's order (Wu et al., arXiv:1812.03443, table 2). */
const BLOCKS: readonly Operation[] = [3, 5].flatMap((kernel) => [
  { name: `k${kernel}_e1`, expansion: 1, kernel, groups: 1 },
  { name: `k${kernel}_e1_g2`, expansion: 1, kernel, groups: 2 },
  { name: `k${kernel}_e3`, expansion: 3, kernel, groups: 1 },
  { name: `k${kernel}_e6`, expansion: 6, kernel, groups: 1 },
]);
const SKIP = BLOCKS.length;
export const OPERATIONS: readonly string[] = [...BLOCKS.map(({ name }) => name), 'skip'];

/** Stages of the network for CIFAR (HW-NAS-Bench): like the stem, the first two keep height and width. */
const STAGES = [
  { channels: 16, stride: 1, positions: 1 },
  { channels: 24, stride: 1, positions: 4 },
  { channels: 32, stride: 2, positions: 4 },
  { channels: 64, stride: 2, positions: 4 },
  { channels: 112, stride: 1, positions: 4 },
  { channels: 184, stride: 2, positions: 4 },
  { channels: 352, stride: 1, positions: 1 },
];
export const STAGE_COUNT = STAGES.length;
/** The stage of each of the 22 positions. */
export const STAGE_OF = STAGES.flatMap(({ positions }, stage) => Array<number>(positions).fill(stage));
export const POSITIONS = STAGE_OF.length;

const IMAGE = 32;
const STEM_CHANNELS = 16;
const HEAD_CHANNELS = 1504;
const CLASSES = 100;

/** A layer of the network: everything that determines its shape and costs. */
export interface FbnetLayer {
  readonly name: string;
  /** `skip` is the 1×1 convolution used if a skip has to change the shape. */
  readonly kind: 'stem' | 'block' | 'skip' | 'head';
  /** For a block or skip, its name among the operations. */
  readonly operation: string;
  readonly stage: number;
  readonly first: boolean;
  readonly expansion: number;
  readonly kernel: number;
  readonly groups: number;
  readonly stride: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the input in pixels. */
  readonly resolution: number;
}

const STEM: FbnetLayer = {
  name: 'stem',
  kind: 'stem',
  operation: '',
  stage: 0,
  first: false,
  expansion: 1,
  kernel: 3,
  groups: 1,
  stride: 1,
  inChannels: 3,
  outChannels: STEM_CHANNELS,
  resolution: IMAGE,
};

const HEAD: FbnetLayer = {
  ...STEM,
  name: 'head',
  kind: 'head',
  stage: STAGES.length - 1,
  kernel: 1,
  inChannels: STAGES[STAGES.length - 1].channels,
  outChannels: HEAD_CHANNELS,
  resolution: resolutionBefore(STAGES.length),
};

function resolutionBefore(stage: number): number {
  return STAGES.slice(0, stage).reduce((size, { stride }) => size / stride, IMAGE);
}

/** The first or a later layer of a stage; undefined for a skip that passes its input on. */
function stageLayer(stage: number, first: boolean, option: number): FbnetLayer | undefined {
  const outChannels = STAGES[stage].channels;
  const inChannels = !first ? outChannels : stage === 0 ? STEM_CHANNELS : STAGES[stage - 1].channels;
  const stride = first ? STAGES[stage].stride : 1;
  if (option === SKIP && stride === 1 && inChannels === outChannels) return undefined;
  const block = option === SKIP ? { expansion: 1, kernel: 1, groups: 1 } : BLOCKS[option];
  return {
    name: `stage${stage}`,
    kind: option === SKIP ? 'skip' : 'block',
    operation: OPERATIONS[option],
    stage,
    first,
    expansion: block.expansion,
    kernel: block.kernel,
    groups: block.groups,
    stride,
    inChannels,
    outChannels,
    resolution: resolutionBefore(first ? stage : stage + 1),
  };
}

/** First and later layers of each stage by operation. */
const STAGE_LAYERS = STAGES.map((_, stage) =>
  [true, false].map((first) => OPERATIONS.map((_, option) => stageLayer(stage, first, option))),
);

/** All layers that a network of the space can have. */
export const LAYER_TYPES: readonly FbnetLayer[] = [
  STEM,
  ...STAGES.flatMap(({ positions }, stage) => STAGE_LAYERS[stage].slice(0, positions).flat()).filter(
    (layer) => layer !== undefined,
  ),
  HEAD,
];

/** The layers of an architecture in the order of computation, all from `LAYER_TYPES`. */
export function layersOf(architecture: Architecture): FbnetLayer[] {
  const layers = [STEM];
  for (const [position, option] of architecture.entries()) {
    const stage = STAGE_OF[position];
    const later = stage === STAGE_OF[position - 1];
    const layer = STAGE_LAYERS[stage][Number(later)][option];
    if (layer) layers.push(layer);
  }
  layers.push(HEAD);
  return layers;
}

/**
 * The network for CIFAR-100 images `[3, 32, 32]`: FBNet's macro-architecture and blocks (Wu et al.,
 * arXiv:1812.03443, tables 1 and 2) with the strides and the head of HW-NAS-Bench (Li et al., ICLR 2021).
 */
export function fbnetNetwork(architecture: Architecture): OperatorGraph {
  return chainNetwork(layersOf(architecture), addLayer);
}

/** The graph of a single layer. */
export function layerNetwork(layer: FbnetLayer): OperatorGraph {
  return soloNetwork(layer, addLayer);
}

function addLayer(graph: OperatorGraph, input: string, layer: FbnetLayer, name: string): string {
  const { kind, kernel, stride, inChannels, outChannels } = layer;
  const activation = 'relu';
  if (kind === 'block') {
    const block = {
      expands: true,
      middleChannels: inChannels * layer.expansion,
      outChannels,
      kernel,
      stride,
      groups: layer.groups,
      activation,
      residual: stride === 1 && inChannels === outChannels,
    } as const;
    return addMobileBlock(graph, input, block, name);
  }
  let x = addConvolution(graph, input, outChannels, kernel, `${name}.${kind}`, { stride, activation });
  if (kind === 'head') {
    x = addClassifier(graph, x, CLASSES, name);
  }
  return x;
}
