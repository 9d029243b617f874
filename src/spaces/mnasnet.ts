import { totalCost } from '../arch/cost.js';
import { InputError, quote } from '../errors.js';
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
} from './mnasnet-network.js';
import { neighboursOf, rankOf, sampleSlots, unranked } from './slots.js';
import type { Architecture, PredictorGraph, SearchSpace, Slot } from './space.js';

const BLOCK_SLOTS: readonly (readonly Slot[])[] = LAYERS.map((layers, block) => [
  { name: `block${block}_e`, options: EXPANSIONS.map(String) },
  { name: `block${block}_k`, options: KERNELS.map(String) },
  { name: `block${block}_l`, options: layers.map(String) },
  { name: `block${block}_se`, options: ['0', '1'] },
]);
const SLOTS = BLOCK_SLOTS.flat();
const SLOTS_PER_BLOCK = SLOTS.length / BLOCKS;
const SIZE = SLOTS.reduce((size, { options }) => size * options.length, 1);

/** For each block every choice of its four slots as text, in order of rank: `e1k3l1se0`, `e1k3l1se1` … */
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

const NODES = LAYERS.reduce((nodes, layers) => nodes + Math.max(...layers), 2);
const INDICATORS = [
  'exists',
  'stem',
  'head',
  'expansion1',
  'expansion4',
  'expansion6',
  'kernel5',
  'squeeze_excite',
  'stride2',
  'residual',
  ...Array.from({ length: BLOCKS }, (_, block) => `block${block}`),
  'first_of_block',
];
/** Base-2 logarithms, scaled to 0 … 1 between the least and the greatest of all possible layers. */
const LOGARITHMS = ['log_in_channels', 'log_out_channels', 'log_resolution', 'log_macs', 'log_parameters'];
const FEATURES = [...INDICATORS, ...LOGARITHMS];

interface LayerRow {
  readonly macs: number;
  /** The layer's row of node features. */
  readonly features: Float32Array;
}

/** MACs and features of every possible layer, made at first use. */
let layerRows: ReadonlyMap<MnasnetLayer, LayerRow> | undefined;

function rowsOf(architecture: Architecture): LayerRow[] {
  layerRows ??= makeLayerRows();
  const rows = layerRows;
  return layersOf(architecture).map((layer) => rows.get(layer) as LayerRow);
}

function makeLayerRows(): Map<MnasnetLayer, LayerRow> {
  const costs = LAYER_TYPES.map((layer) => totalCost(layerNetwork(layer)));
  const logarithms = LAYER_TYPES.map(({ inChannels, outChannels, resolution }, i) =>
    [inChannels, outChannels, resolution, costs[i].macs, costs[i].parameters].map(Math.log2),
  );
  const least = LOGARITHMS.map((_, j) => Math.min(...logarithms.map((row) => row[j])));
  const greatest = LOGARITHMS.map((_, j) => Math.max(...logarithms.map((row) => row[j])));
  const scaled = logarithms.map((row) =>
    row.map((value, j) => (value - least[j]) / (greatest[j] - least[j])),
  );
  return new Map(
    LAYER_TYPES.map((layer, i) => [
      layer,
      { macs: costs[i].macs, features: Float32Array.from([...indicators(layer), ...scaled[i]]) },
    ]),
  );
}

function indicators(layer: MnasnetLayer): number[] {
  const inBlock = layer.kind === 'mbconv';
  return [
    true,
    layer.kind === 'stem',
    layer.kind === 'head',
    ...EXPANSIONS.map((expansion) => inBlock && layer.expansion === expansion),
    layer.kernel === 5,
    layer.squeezeExcite,
    layer.stride === 2,
    layer.residual,
    ...Array.from({ length: BLOCKS }, (_, block) => inBlock && layer.block === block),
    layer.first,
  ].map(Number);
}

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
  size: SIZE,
  graph: { nodes: NODES, features: FEATURES },
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
  macs: (architecture) => rowsOf(architecture).reduce((sum, { macs }) => sum + macs, 0),

  encode(architecture, features, adjacency, row) {
    const x = row * NODES * FEATURES.length;
    const a = row * NODES * NODES;
    for (const [node, layer] of rowsOf(architecture).entries()) {
      features.set(layer.features, x + node * FEATURES.length);
      if (node > 0) adjacency[a + node * NODES + node - 1] = 1;
    }
  },

  toPredictorGraph(architecture): PredictorGraph {
    const layers = layersOf(architecture);
    return {
      nodes: layers.map((layer, i) => ({
        name: layer.kind === 'mbconv' ? `${layer.name}.${i}` : layer.name,
        kind:
          layer.kind === 'mbconv'
            ? `mbconv_e${layer.expansion}_k${layer.kernel}${layer.squeezeExcite ? '_se' : ''}`
            : layer.kind,
        alive: true,
      })),
      edges: layers.slice(1).map((_, i) => [i, i + 1] as const),
    };
  },

  toNetwork: mnasnetNetwork,
};
