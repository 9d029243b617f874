import { InputError, quote } from '../../base/errors.js';
import { layerChain, oneHotIndicators } from '../layer-chain.js';
import { neighboursOf, sampleSlots, unnumbered } from '../slots.js';
import type { Architecture, SearchSpace, Slot } from '../space.js';
import {
  type FbnetLayer,
  fbnetNetwork,
  LAYER_TYPES,
  layerNetwork,
  layersOf,
  OPERATIONS,
  POSITIONS,
  STAGE_COUNT,
  STAGE_OF,
} from './network.js';

const SLOTS: readonly Slot[] = STAGE_OF.map((_, position) => ({
  name: `position${position}`,
  options: OPERATIONS,
}));
const EXAMPLE = '0-3-2-8-8-7-0-1-8-6-4-2-8-7-6-6-2-8-7-6-8-3';

const chain = layerChain<FbnetLayer>({
  longest: POSITIONS + 2,
  extremes: LAYER_TYPES,
  layersOf,
  networkOf: layerNetwork,
  indicatorsOf(layer) {
    const inStages = layer.kind === 'block' || layer.kind === 'skip';
    return {
      stem: layer.kind === 'stem',
      head: layer.kind === 'head',
      skip: layer.kind === 'skip',
      ...oneHotIndicators('expansion', [1, 3, 6], layer.kind === 'block' && layer.expansion),
      kernel5: layer.kernel === 5,
      groups2: layer.groups === 2,
      stride2: layer.stride === 2,
      ...oneHotIndicators('stage', Array(STAGE_COUNT).keys(), inStages && layer.stage),
      first_of_stage: layer.first,
    };
  },
  kindOf: ({ kind, operation }) => operation || kind,
});

/** The unit of a lookup table: layers of the same shape share one, wherever in the stage they are. */
function unitOf({ stage, first, operation }: FbnetLayer): string {
  return `stage${stage}_${first ? 'first' : 'later'}_${operation}`;
}

const isUnit = ({ operation }: FbnetLayer) => operation !== '';

function parse(text: string): Architecture {
  const operations = text.split('-');
  if (operations.length !== POSITIONS) {
    throw malformed(text, `it has ${operations.length} operations joined by '-', and must have ${POSITIONS}`);
  }
  return Uint8Array.from(operations, (operation, position) => {
    if (!/^[0-8]$/.test(operation)) {
      const known = OPERATIONS.map((name, i) => `${i} ${name}`).join(', ');
      throw malformed(text, `position ${position} is ${quote(operation)}, and must be one of ${known}`);
    }
    return Number(operation);
  });
}

function malformed(text: string, problem: string): InputError {
  return new InputError(
    `${quote(text, 120)} is not an FBNet architecture: ${problem}. One looks like ${EXAMPLE}`,
  );
}

export const fbnet: SearchSpace = {
  name: 'fbnet',
  description: 'FBNet as in HW-NAS-Bench: an operation of nine at each of 22 positions, for CIFAR-100 images',
  slots: SLOTS,
  ...unnumbered('FBNet', OPERATIONS.length ** POSITIONS),
  ...chain,
  architectureColumns: ['block_ops', 'arch', 'architecture'],
  example: EXAMPLE,
  unitNames: LAYER_TYPES.filter(isUnit).map(unitOf),
  parse,
  format: (architecture) => architecture.join('-'),

  sample: (random) => sampleSlots(SLOTS, random),
  neighbours: (architecture) => neighboursOf(SLOTS, architecture),

  classOf: (architecture) => layersOf(architecture).filter(isUnit).map(unitOf).join(),
  isConnected: () => true,
  prune: (architecture) => architecture,

  units: (architecture) => layersOf(architecture).filter(isUnit).map(unitOf),
  toNetwork: fbnetNetwork,
};
