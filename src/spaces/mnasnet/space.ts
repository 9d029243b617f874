import { InputError, quote } from '../../base/errors.js';
import { layerChain, oneHotIndicators } from '../layer-chain.js';
import { neighboursOf, rankOf, sampleSlots, unranked } from '../slots.js';
import type { Architecture, SearchSpace, Slot } from '../space.js';
import {
  BLOCKS,
  EXPANSIONS,
  KERNELS,
  LAYER_TYPES,
  LAYERS,
  layerNetwork,
  layersOf,
  type MnasnetLayer,
  mnasnetNetwork,
} from './network.js';

const BLOCK_SLOTS: readonly (readonly Slot[])[] = LAYERS.map((layers, block) => [
  { name: `block${block}_e`, options: EXPANSIONS.map(String) },
  { name: `block${block}_k`, options: KERNELS.map(String) },
  { name: `block${block}_l`, options: layers.map(String) },
  { name: `block${block}_se`, options: ['0', '1'] },
]);
const SLOTS = BLOCK_SLOTS.flat();
const SLOTS_PER_BLOCK = SLOTS.length / BLOCKS;
const SIZE = SLOTS.reduce((size, { options }) => size * options.length, 1);

/** For each block, every choice of its four slots as text, in order of rank: `e1k3l1se0`, `e1k3l1se1` … */
const BLOCK_TEXTS = BLOCK_SLOTS.map((slots) => {
  const choices = slots.reduce((size, { options }) => size * options.length, 1);
  return Array.from({ length: choices }, (_, rank) => {
    const [e, k, l, se] = Array.from(unranked(slots, rank), (option, i) => slots[i].options[option]);
    return `e${e}k${k}l${l}se${se}`;
  });
});
const choicesByText = BLOCK_TEXTS.map(
  (texts, block) => new Map(texts.map((text, rank) => [text, unranked(BLOCK_SLOTS[block], rank)])),
);
const EXAMPLE = 'e1k3l1se0_e6k3l2se0_e4k5l3se1_e6k3l3se0_e6k3l2se1_e6k5l3se1_e6k3l1se0';

const chain = layerChain<MnasnetLayer>({
  longest: LAYERS.reduce((layers, options) => layers + Math.max(...options), 2),
  extremes: LAYER_TYPES,
  layersOf,
  networkOf: layerNetwork,
  indicatorsOf(layer) {
    const inBlock = layer.kind === 'mbconv';
    return {
      stem: layer.kind === 'stem',
      head: layer.kind === 'head',
      ...oneHotIndicators('expansion', EXPANSIONS, inBlock && layer.expansion),
      kernel5: layer.kernel === 5,
      squeeze_excite: layer.squeezeExcite,
      stride2: layer.stride === 2,
      residual: layer.residual,
      ...oneHotIndicators('block', LAYERS.keys(), inBlock && layer.block),
      first_of_block: layer.first,
    };
  },
  kindOf: ({ kind, expansion, kernel, squeezeExcite }) =>
    kind === 'mbconv' ? `mbconv_e${expansion}_k${kernel}${squeezeExcite ? '_se' : ''}` : kind,
});

function blockText(architecture: Architecture, block: number): string {
  const at = block * SLOTS_PER_BLOCK;
  return BLOCK_TEXTS[block][rankOf(BLOCK_SLOTS[block], architecture.subarray(at, at + SLOTS_PER_BLOCK))];
}

function parse(text: string): Architecture {
  const blocks = text.split('_');
  if (blocks.length !== BLOCKS) {
    throw malformed(text, `it has ${blocks.length} blocks joined by '_', and must have ${BLOCKS}`);
  }
  const architecture = new Uint8Array(SLOTS.length);
  for (let block = 0; block < BLOCKS; block++) {
    const choice = choicesByText[block].get(blocks[block]);
    if (!choice) throw malformed(text, blockProblem(blocks[block], block));
    architecture.set(choice, block * SLOTS_PER_BLOCK);
  }
  return architecture;
}

/** What is wrong with the text of a block. */
function blockProblem(text: string, block: number): string {
  const values = /^e(\w+)k(\w+)l(\w+)se(\w+)$/.exec(text)?.slice(1);
  if (!values) return `block ${block} is ${quote(text)}, and must be written as in "e6k3l2se0"`;
  const slots = BLOCK_SLOTS[block];
  const wrong = values.findIndex((value, i) => !slots[i].options.includes(value));
  return `${slots[wrong].name} is ${quote(values[wrong])}, and must be one of ${slots[wrong].options.join(', ')}`;
}

function malformed(text: string, problem: string): InputError {
  return new InputError(
    `${quote(text, 120)} is not a MnasNet architecture: ${problem}. One looks like ${EXAMPLE}`,
  );
}

function format(architecture: Architecture): string {
  return BLOCK_SLOTS.map((_, block) => blockText(architecture, block)).join('_');
}

export const mnasnet: SearchSpace = {
  name: 'mnasnet',
  description:
    'MnasNet as in Accel-NASBench: seven blocks with expansion, kernel, layers and squeeze-excite, for ImageNet',
  slots: SLOTS,
  operatorSlots: BLOCK_SLOTS.map((_, block) => [0, 1, 3].map((slot) => block * SLOTS_PER_BLOCK + slot)),
  size: SIZE,
  ...chain,
  architectureColumns: ['arch', 'architecture'],
  example: EXAMPLE,
  unitNames: BLOCK_TEXTS.flatMap((texts, block) => texts.map((text) => `block${block}_${text}`)),
  parse,
  format,

  indexOf: (architecture) => rankOf(SLOTS, architecture),
  at(index) {
    if (!Number.isInteger(index) || index < 0 || index >= SIZE) {
      throw new InputError(`${quote(index)} is not a MnasNet index; they go from 0 to ${SIZE - 1}`);
    }
    return unranked(SLOTS, index);
  },
  sample: (random) => sampleSlots(SLOTS, random),
  neighbours: (architecture) => neighboursOf(SLOTS, architecture),

  classOf: format,
  isConnected: () => true,
  prune: (architecture) => architecture,

  units: (architecture) => BLOCK_SLOTS.map((_, block) => `block${block}_${blockText(architecture, block)}`),
  toNetwork: mnasnetNetwork,
};
