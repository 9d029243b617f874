import type { OperatorGraph } from '../../network/graph.js';
import { addClassifier, chainNetwork, soloNetwork } from '../chain-network.js';
import { addConvolution, addMobileBlock, type MobileBlock } from '../mobile-block.js';
import type { Architecture } from '../space.js';

/** Options of every block's expansion and kernel. */
export const EXPANSIONS = [1, 4, 6] as const;
export const KERNELS = [3, 5] as const;
/** Options of each block's number of layers; in Accel-NASBench, only the sixth block has a fourth option. */
export const LAYERS = [3, 3, 3, 3, 3, 4, 3].map((most) => Array.from({ length: most }, (_, i) => i + 1));
export const BLOCKS = LAYERS.length;

const IMAGE = 224;
const STEM_CHANNELS = 32;
const BLOCK_CHANNELS = [16, 24, 40, 80, 112, 192, 320];
const BLOCK_STRIDES = [1, 2, 2, 2, 1, 2, 1];
const HEAD_CHANNELS = 1280;
const CLASSES = 1000;

/** A layer of the network: everything that determines its shape and costs. */
export interface MnasnetLayer {
  readonly name: string;
  readonly kind: 'stem' | 'mbconv' | 'head';
  /** Its block, from 0; the stem belongs to the first block, and the head to the last. */
  readonly block: number;
  readonly first: boolean;
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly squeezeExcite: boolean;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the input in pixels. */
  readonly resolution: number;
  readonly residual: boolean;
}

const STEM: MnasnetLayer = {
  name: 'stem',
  kind: 'stem',
  block: 0,
  first: false,
  expansion: 1,
  kernel: 3,
  stride: 2,
  squeezeExcite: false,
  inChannels: 3,
  outChannels: STEM_CHANNELS,
  resolution: IMAGE,
  residual: false,
};

/** A layer of a block: the first, which may halve height and width, or a later one. */
function blockLayer(
  block: number,
  first: boolean,
  expansion: number,
  kernel: number,
  squeezeExcite: boolean,
): MnasnetLayer {
  const outChannels = BLOCK_CHANNELS[block];
  const inChannels = !first ? outChannels : block === 0 ? STEM_CHANNELS : BLOCK_CHANNELS[block - 1];
  const stride = first ? BLOCK_STRIDES[block] : 1;
  return {
    name: `block${block}`,
    kind: 'mbconv',
    block,
    first,
    expansion,
    kernel,
    stride,
    squeezeExcite,
    inChannels,
    outChannels,
    resolution: resolutionBefore(first ? block : block + 1),
    residual: stride === 1 && inChannels === outChannels,
  };
}

const HEAD: MnasnetLayer = {
  name: 'head',
  kind: 'head',
  block: BLOCKS - 1,
  first: false,
  expansion: 1,
  kernel: 1,
  stride: 1,
  squeezeExcite: false,
  inChannels: BLOCK_CHANNELS[BLOCKS - 1],
  outChannels: HEAD_CHANNELS,
  resolution: resolutionBefore(BLOCKS),
  residual: false,
};

function resolutionBefore(block: number): number {
  return BLOCK_STRIDES.slice(0, block).reduce((size, stride) => size / stride, IMAGE / STEM.stride);
}

/** First and later layers of each block by the options of expansion, kernel and squeeze-excite. */
const BLOCK_LAYERS = LAYERS.map((_, block) =>
  EXPANSIONS.map((expansion) =>
    KERNELS.map((kernel) =>
      [false, true].map((squeezeExcite) => ({
        first: blockLayer(block, true, expansion, kernel, squeezeExcite),
        later: blockLayer(block, false, expansion, kernel, squeezeExcite),
      })),
    ),
  ),
);

/** All 170 layers that a network of the space can have. */
export const LAYER_TYPES: readonly MnasnetLayer[] = [
  STEM,
  ...BLOCK_LAYERS.flat(3).flatMap(({ first, later }) => [first, later]),
  HEAD,
];

/** The layers of an architecture in the order of computation, all from `LAYER_TYPES`. */
export function layersOf(architecture: Architecture): MnasnetLayer[] {
  const layers = [STEM];
  for (const [block, ofBlock] of BLOCK_LAYERS.entries()) {
    const [e, k, l, se] = architecture.subarray(4 * block, 4 * block + 4);
    const { first, later } = ofBlock[e][k][se];
    layers.push(first);
    for (let layer = 1; layer < LAYERS[block][l]; layer++) layers.push(later);
  }
  layers.push(HEAD);
  return layers;
}

/**
 * The network for ImageNet images `[3, 224, 224]`: MnasNet's searched blocks (Tan et al., arXiv:1807.11626,
 * section 4.1) with the widths of EfficientNet-B0, as built in Accel-NASBench.
 */
export function mnasnetNetwork(architecture: Architecture): OperatorGraph {
  return chainNetwork(layersOf(architecture), addLayer);
}

/** The graph of a single layer. */
export function layerNetwork(layer: MnasnetLayer): OperatorGraph {
  return soloNetwork(layer, addLayer);
}

function addLayer(graph: OperatorGraph, input: string, layer: MnasnetLayer, name: string): string {
  const { kind, expansion, kernel, stride, inChannels, outChannels, residual } = layer;
  const activation = 'relu';
  if (kind === 'stem') {
    return addConvolution(graph, input, outChannels, kernel, `${name}.stem`, { stride, activation });
  }
  if (kind === 'head') {
    const x = addConvolution(graph, input, outChannels, kernel, `${name}.head`, { activation });
    return addClassifier(graph, x, CLASSES, name);
  }
  const block: MobileBlock = {
    expands: expansion > 1,
    middleChannels: inChannels * expansion,
    outChannels,
    kernel,
    stride,
    groups: 1,
    activation,
    squeezeExcite: layer.squeezeExcite ? { channels: inChannels / 4, gate: 'sigmoid' } : undefined,
    residual,
  };
  return addMobileBlock(graph, input, block, name);
}
