import type { OperatorGraph } from '../../network/graph.js';
import { conv2d } from '../../network/operator.js';
import { chainNetwork, soloNetwork } from '../chain-network.js';
import { addConvolution, addMobileBlock, type MobileBlock } from '../mobile-block.js';
import type { Architecture } from '../space.js';

/** The choices: height and width of the image, each stage's depth, each block's kernel and expansion. */
export const RESOLUTIONS = Array.from({ length: 25 }, (_, i) => 128 + 4 * i);
export const DEPTHS = [2, 3, 4];
export const KERNELS = [3, 5, 7];
export const EXPANSIONS = [3, 4, 6];
/** Number of blocks of a stage at its greatest depth. */
export const MAX_DEPTH = Math.max(...DEPTHS);

/** Stages of MobileNetV3-Large (Howard et al., arXiv:1905.02244, table 1) as used by OFA. */
const STAGES = [
  { channels: 24, stride: 2, activation: 'relu', squeezeExcite: false },
  { channels: 40, stride: 2, activation: 'relu', squeezeExcite: true },
  { channels: 80, stride: 2, activation: 'hardSwish', squeezeExcite: false },
  { channels: 112, stride: 1, activation: 'hardSwish', squeezeExcite: true },
  { channels: 160, stride: 2, activation: 'hardSwish', squeezeExcite: true },
] as const;
export const STAGE_COUNT = STAGES.length;
const STEM_CHANNELS = 16;
const HEAD_CHANNELS = 960;
const MIX_CHANNELS = 1280;
const CLASSES = 1000;

/**
 * Number of slots per stage. The slots are the resolution, then per stage its depth and each block's kernel
 * and expansion.
 */
const STAGE_SLOTS = 1 + 2 * MAX_DEPTH;
export const SLOT_COUNT = 1 + STAGE_COUNT * STAGE_SLOTS;
export const RESOLUTION_SLOT = 0;
export const depthSlot = (stage: number) => 1 + stage * STAGE_SLOTS;
export const kernelSlot = (stage: number, block: number) => depthSlot(stage) + 1 + 2 * block;
export const expansionSlot = (stage: number, block: number) => kernelSlot(stage, block) + 1;

/** A layer of the network: everything that determines its shape and costs. */
export interface OfaLayer {
  readonly name: string;
  /** `fixed` is the block before the stages. */
  readonly kind: 'stem' | 'fixed' | 'mbconv' | 'head';
  readonly stage: number;
  readonly first: boolean;
  readonly kernel: number;
  readonly expansion: number;
  readonly stride: number;
  readonly activation: 'relu' | 'hardSwish';
  readonly squeezeExcite: boolean;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Height and width of the input in pixels. */
  readonly resolution: number;
}

const STEM: OfaLayer = {
  name: 'stem',
  kind: 'stem',
  stage: 0,
  first: false,
  kernel: 3,
  expansion: 1,
  stride: 2,
  activation: 'hardSwish',
  squeezeExcite: false,
  inChannels: 3,
  outChannels: STEM_CHANNELS,
  resolution: 0,
};

/** All layers of networks for one image size. */
function layersAt(image: number) {
  const half = Math.ceil(image / 2);
  const before = [half];
  for (const { stride } of STAGES) before.push(Math.ceil(before[before.length - 1] / stride));
  const fixed = { ...STEM, stride: 1, inChannels: STEM_CHANNELS } as const;
  const stages = STAGES.map((_, stage) =>
    [true, false].map((first) =>
      KERNELS.map((kernel) =>
        EXPANSIONS.map((expansion) =>
          stageLayer(stage, first, kernel, expansion, before[first ? stage : stage + 1]),
        ),
      ),
    ),
  );
  return {
    stem: { ...STEM, resolution: image },
    fixed: { ...fixed, name: 'fixed', kind: 'fixed', activation: 'relu', resolution: half },
    stages,
    head: {
      ...fixed,
      name: 'head',
      kind: 'head',
      stage: STAGE_COUNT - 1,
      kernel: 1,
      inChannels: STAGES[STAGE_COUNT - 1].channels,
      outChannels: HEAD_CHANNELS,
      resolution: before[STAGE_COUNT],
    },
  } as const;
}

/** A stage's first layer, which may halve height and width, or a later one. */
function stageLayer(
  stage: number,
  first: boolean,
  kernel: number,
  expansion: number,
  resolution: number,
): OfaLayer {
  const { channels, stride, activation, squeezeExcite } = STAGES[stage];
  return {
    name: `stage${stage}`,
    kind: 'mbconv',
    stage,
    first,
    kernel,
    expansion,
    stride: first ? stride : 1,
    activation,
    squeezeExcite,
    inChannels: !first ? channels : stage === 0 ? STEM_CHANNELS : STAGES[stage - 1].channels,
    outChannels: channels,
    resolution,
  };
}

const LAYERS = RESOLUTIONS.map(layersAt);

/** All layers for the smallest and the largest images. */
export const EXTREME_LAYERS: readonly OfaLayer[] = [LAYERS[0], LAYERS[LAYERS.length - 1]].flatMap(
  ({ stem, fixed, stages, head }) => [stem, fixed, ...stages.flat(3), head],
);

/** The layers of an architecture in the order of computation; equal layers are the same object. */
export function layersOf(architecture: Architecture): OfaLayer[] {
  const { stem, fixed, stages, head } = LAYERS[architecture[RESOLUTION_SLOT]];
  const layers: OfaLayer[] = [stem, fixed];
  for (let stage = 0; stage < STAGE_COUNT; stage++) {
    for (let block = 0; block < DEPTHS[architecture[depthSlot(stage)]]; block++) {
      const kernel = architecture[kernelSlot(stage, block)];
      layers.push(stages[stage][Number(block > 0)][kernel][architecture[expansionSlot(stage, block)]]);
    }
  }
  layers.push(head);
  return layers;
}

/**
 * The network for ImageNet images `[3, resolution, resolution]`: a sub-network of the once-for-all
 * MobileNetV3 of width 1 (Cai et al., arXiv:1908.09791, section 4.1; channels, activations and squeeze-excite
 * from its code).
 */
export function ofaNetwork(architecture: Architecture): OperatorGraph {
  return ofaLayersNetwork(layersOf(architecture));
}

/** The network of layers from stem to head, each of which reads the previous one. */
export function ofaLayersNetwork(layers: readonly OfaLayer[]): OperatorGraph {
  return chainNetwork(layers, addLayer);
}

/** The graph of a single layer. */
export function layerNetwork(layer: OfaLayer): OperatorGraph {
  return soloNetwork(layer, addLayer);
}

function addLayer(graph: OperatorGraph, input: string, layer: OfaLayer, name: string): string {
  const { kind, kernel, stride, activation, inChannels, outChannels, expansion } = layer;
  if (kind === 'stem')
    return addConvolution(graph, input, outChannels, kernel, `${name}.stem`, { stride, activation });
  if (kind === 'head') {
    let x = addConvolution(graph, input, outChannels, kernel, `${name}.expand`, { activation });
    x = graph.add({ kind: 'globalAvgPool' }, [x], `${name}.pool`);
    x = graph.add(conv2d(MIX_CHANNELS, 1), [x], `${name}.mix`);
    x = graph.add({ kind: activation }, [x], `${name}.${activation}`);
    x = graph.add({ kind: 'flatten' }, [x], `${name}.flatten`);
    return graph.add({ kind: 'linear', outFeatures: CLASSES, bias: true }, [x], `${name}.classifier`);
  }
  const middleChannels = Math.round(inChannels * expansion);
  const block: MobileBlock = {
    expands: expansion > 1,
    middleChannels,
    outChannels,
    kernel,
    stride,
    groups: 1,
    activation,
    squeezeExcite: layer.squeezeExcite
      ? { channels: inEights(middleChannels / 4), gate: 'hardSigmoid' }
      : undefined,
    residual: stride === 1 && inChannels === outChannels,
  };
  return addMobileBlock(graph, input, block, name);
}

/** The nearest multiple of 8, but at least nine tenths of the number (MobileNetV3's rule for channels). */
function inEights(channels: number): number {
  const rounded = Math.max(8, 8 * Math.floor((Math.floor(channels) + 4) / 8));
  return rounded < 0.9 * Math.floor(channels) ? rounded + 8 : rounded;
}
