import { InputError, quote } from '../../base/errors.js';
import { layerChain, oneHotIndicators } from '../layer-chain.js';
import { neighboursOf, sampleSlots, unnumbered } from '../slots.js';
import type { Architecture, SearchSpace, Slot } from '../space.js';
import {
  DEPTHS,
  depthSlot,
  EXPANSIONS,
  EXTREME_LAYERS,
  expansionSlot,
  KERNELS,
  kernelSlot,
  layerNetwork,
  layersOf,
  MAX_DEPTH,
  type OfaLayer,
  ofaNetwork,
  RESOLUTION_SLOT,
  RESOLUTIONS,
  SLOT_COUNT,
  STAGE_COUNT,
} from './network.js';

const STAGES = [...Array(STAGE_COUNT).keys()];
const BLOCKS = [...Array(MAX_DEPTH).keys()];

const SLOTS: readonly Slot[] = [
  { name: 'resolution', options: RESOLUTIONS.map(String) },
  ...STAGES.flatMap((stage) => [
    { name: `stage${stage}_depth`, options: DEPTHS.map(String) },
    ...BLOCKS.flatMap((block) => [
      { name: `stage${stage}_block${block}_ks`, options: KERNELS.map(String) },
      { name: `stage${stage}_block${block}_expand`, options: EXPANSIONS.map(String) },
    ]),
  ]),
];
const EXAMPLE = 'r176_k3e4-k5e3-k3e6_k5e3-k5e3_k7e6-k3e4-k3e3-k3e3_k3e6-k5e6-k7e4_k5e6-k5e6-k5e6';

/** Number of networks: per stage the choices of 2, 3 or 4 blocks, and the image sizes. */
const SIZE =
  RESOLUTIONS.length *
  DEPTHS.reduce((sum, depth) => sum + (KERNELS.length * EXPANSIONS.length) ** depth, 0) ** STAGE_COUNT;

const chain = layerChain<OfaLayer>({
  longest: 3 + STAGE_COUNT * MAX_DEPTH,
  extremes: EXTREME_LAYERS,
  layersOf,
  networkOf: layerNetwork,
  indicatorsOf(layer) {
    const inStage = layer.kind === 'mbconv';
    return {
      stem: layer.kind === 'stem',
      fixed: layer.kind === 'fixed',
      head: layer.kind === 'head',
      ...oneHotIndicators('kernel', KERNELS, inStage && layer.kernel),
      ...oneHotIndicators('expansion', EXPANSIONS, inStage && layer.expansion),
      squeeze_excite: layer.squeezeExcite,
      hard_swish: layer.activation === 'hardSwish',
      stride2: layer.stride === 2,
      ...oneHotIndicators('stage', STAGES, inStage && layer.stage),
      first_of_stage: layer.first,
    };
  },
  kindOf: ({ kind, kernel, expansion }) => (kind === 'mbconv' ? `mbconv_k${kernel}_e${expansion}` : kind),
});

/**
 * The unit of a lookup table: layers of the same shape share one, as do all layers that only vary with the
 * image size.
 */
function unitOf({ kind, stage, first, kernel, expansion, resolution }: OfaLayer): string {
  if (kind === 'stem') return `fixed_r${resolution}`;
  return `stage${stage}_${first ? 'first' : 'later'}_k${kernel}e${expansion}`;
}

const isUnit = ({ kind }: OfaLayer) => kind === 'stem' || kind === 'mbconv';

/** Sets everything that a depth switches off to its first option, so that each network is a single architecture. */
function canonical(architecture: Architecture): Architecture {
  const result = architecture.slice();
  for (const stage of STAGES) {
    const depth = DEPTHS[architecture[depthSlot(stage)]];
    for (const block of BLOCKS.slice(depth)) {
      result[kernelSlot(stage, block)] = 0;
      result[expansionSlot(stage, block)] = 0;
    }
  }
  return result;
}

function parse(text: string): Architecture {
  const [resolution, ...stages] = text.split('_');
  const architecture = new Uint8Array(SLOT_COUNT);
  if (stages.length !== STAGE_COUNT || !/^r\d+$/.test(resolution)) {
    throw malformed(text, `it must be the resolution and ${STAGE_COUNT} stages joined by '_'`);
  }
  architecture[RESOLUTION_SLOT] = optionOf(text, RESOLUTION_SLOT, resolution.slice(1));
  for (const [stage, content] of stages.entries()) {
    const blocks = content.split('-');
    architecture[depthSlot(stage)] = optionOf(text, depthSlot(stage), String(blocks.length));
    for (const [block, choice] of blocks.entries()) {
      const values = /^k(\d+)e(\d+)$/.exec(choice);
      if (!values) {
        const part = `block ${block} of stage ${stage}`;
        throw malformed(text, `${part} is ${quote(choice)}, and must be written as in "k5e4"`);
      }
      const [kernel, expansion] = [kernelSlot(stage, block), expansionSlot(stage, block)];
      architecture[kernel] = optionOf(text, kernel, values[1]);
      architecture[expansion] = optionOf(text, expansion, values[2]);
    }
  }
  return architecture;
}

function optionOf(text: string, slot: number, value: string): number {
  const { name, options } = SLOTS[slot];
  const option = options.indexOf(value);
  if (option >= 0) return option;
  throw malformed(text, `${name} is ${quote(value)}, and must be one of ${options.join(', ')}`);
}

function malformed(text: string, problem: string): InputError {
  return new InputError(
    `${quote(text, 120)} is not an OFA architecture: ${problem}. One looks like ${EXAMPLE}`,
  );
}

function format(architecture: Architecture): string {
  const value = (slot: number) => SLOTS[slot].options[architecture[slot]];
  const stages = STAGES.map((stage) =>
    BLOCKS.slice(0, DEPTHS[architecture[depthSlot(stage)]])
      .map((block) => `k${value(kernelSlot(stage, block))}e${value(expansionSlot(stage, block))}`)
      .join('-'),
  );
  return [`r${value(RESOLUTION_SLOT)}`, ...stages].join('_');
}

const perBlock = (slot: (stage: number, block: number) => number) =>
  STAGES.flatMap((stage) => BLOCKS.map((block) => slot(stage, block)));

export const ofa: SearchSpace = {
  name: 'ofa',
  description:
    'OFA-MobileNetV3: five stages of two to four blocks with kernel and expansion, and the image size, for ImageNet',
  slots: SLOTS,
  operatorSlots: STAGES.flatMap((stage) =>
    BLOCKS.map((block) => [kernelSlot(stage, block), expansionSlot(stage, block)]),
  ),
  ...unnumbered('OFA', SIZE),
  ...chain,
  architectureColumns: ['arch', 'architecture'],
  joinedColumns: {
    ks: perBlock(kernelSlot),
    expand: perBlock(expansionSlot),
    depth: STAGES.map(depthSlot),
  },
  example: EXAMPLE,
  unitNames: [
    ...RESOLUTIONS.map((resolution) => `fixed_r${resolution}`),
    ...new Set(EXTREME_LAYERS.filter(({ kind }) => kind === 'mbconv').map(unitOf)),
  ],
  parse,
  format,

  sample: (random) => canonical(sampleSlots(SLOTS, random)),
  neighbours(architecture) {
    const changed = neighboursOf(SLOTS, architecture).map(canonical);
    return changed.filter((other) => other.some((option, slot) => option !== architecture[slot]));
  },

  classOf: format,
  isConnected: () => true,
  prune: (architecture) => architecture,

  units: (architecture) => layersOf(architecture).filter(isUnit).map(unitOf),
  toNetwork: ofaNetwork,
};
