import { Random, seedOf } from '../../../base/random.js';
import { NetworkWriter, type Value } from '../../write/network-writer.js';
import type { WeightValues } from '../../write/random-weights.js';
import { Draw } from '../families/draw.js';
import type { GeneratedNetwork } from '../families/generated-network.js';
import { mapSteps } from './map-steps.js';
import { recurrentSteps } from './recurrent-steps.js';
import { sequenceSteps } from './sequence-steps.js';
import { signalSteps } from './signal-steps.js';
import type { Step, WeightedStep } from './step.js';
import { vectorSteps } from './vector-steps.js';

/**
 * Version of the probe set. A device's measurements are of one version. It must change whenever any probe's
 * graph does.
 */
export const STANDARD_PROBES = 'standard/1';

/** Probes with one tensor layout. */
interface ProbeKind {
  readonly name: string;
  readonly count: number;
  readonly steps: readonly WeightedStep[];
  /** Number of steps per probe. */
  readonly length: readonly [least: number, most: number];
  /** Multiply-accumulates per probe. */
  readonly macs: readonly [least: number, most: number];
  /** Writes the beginning of a probe. */
  begin(net: NetworkWriter, draw: Draw): Value;
}

const kinds: readonly ProbeKind[] = [
  {
    name: 'map',
    count: 62,
    steps: mapSteps,
    length: [8, 20],
    macs: [8e6, 6e8],
    begin: (net, draw) => map(net, draw, 2e5),
  },
  {
    name: 'large_map',
    count: 20,
    steps: mapSteps,
    length: [6, 10],
    macs: [5e8, 2.2e9],
    begin: (net, draw) => map(net, draw, 1.6e6),
  },
  {
    name: 'sequence',
    count: 38,
    steps: sequenceSteps,
    length: [8, 20],
    macs: [1e7, 1e9],
    begin: sequence,
  },
  { name: 'signal', count: 12, steps: signalSteps, length: [8, 16], macs: [4e6, 8e8], begin: signal },
  { name: 'recurrent', count: 10, steps: recurrentSteps, length: [2, 5], macs: [4e6, 3e8], begin: recurrent },
  { name: 'vector', count: 8, steps: vectorSteps, length: [6, 14], macs: [1e6, 8e7], begin: vector },
];

/**
 * Networks of random mixtures of operators that belong to no family. They teach how long a device takes for
 * each kind of kernel.
 */
export function standardProbes(): GeneratedNetwork[] {
  return kinds.flatMap((kind) => {
    const deck = new Random(seedOf(`${STANDARD_PROBES}/${kind.name}`)).shuffle(
      kind.steps.flatMap(([times, step]) => Array.from({ length: times }, () => step)),
    );
    let dealt = 0;
    return Array.from({ length: kind.count }, (_, i): GeneratedNetwork => {
      const name = `${kind.name}_${i}`;
      const length = new Draw(`${STANDARD_PROBES}/${name}/length`).integer(...kind.length);
      // Every step occurs as often as the deck says, over all probes.
      const steps = Array.from({ length }, () => deck[dealt++ % deck.length]);
      return { family: 'probes', name, model: (weights) => probe(kind, name, steps, weights) };
    });
  });
}

function probe(kind: ProbeKind, name: string, steps: readonly Step[], weights: WeightValues = 'random') {
  const draw = new Draw(`${STANDARD_PROBES}/${name}`);
  const net = new NetworkWriter(seedOf(name), weights);
  const budget = draw.size(...kind.macs);
  let x = kind.begin(net, draw);
  for (const [i, step] of steps.entries()) {
    const left = Math.max(0, budget - net.macs);
    x = step({ net, draw, mostMacs: Math.max(budget / 50, (2 * left) / (steps.length - i)) }, x);
  }
  net.output(x);
  return net.model({ probes: STANDARD_PROBES, probe: name });
}

const SIDES = [7, 8, 10, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224];

/** A map as in real networks: an image after a first convolution, or a number of channels that suits the size. */
function map(net: NetworkWriter, draw: Draw, mostElements: number): Value {
  const side = draw.pick(mostElements > 1e6 ? SIDES.slice(8) : SIDES);
  if (side >= 64 && draw.chance(0.6)) {
    const image = net.input([1, draw.pick([1, 3]), side, side]);
    const kernel = draw.pick([3, 4, 5, 7]);
    const width = draw.size(16, Math.min(96, mostElements / side ** 2 + 16), 8);
    return net.activation(net.convolution(image, width, { kernel, stride: draw.integer(1, 2) }), 'relu');
  }
  const most = Math.min(768, mostElements / side ** 2);
  return net.input([1, draw.size(Math.max(8, most / 32), Math.max(16, most), 8), side, side]);
}

function sequence(net: NetworkWriter, draw: Draw): Value {
  const tokens = draw.pick([4, 8, 16, 32, 49, 64, 96, 128, 144, 196, 256]);
  const width = draw.size(32, 512, 16);
  if (draw.chance(0.3)) return net.embedding(net.tokens(tokens), draw.pick([500, 2000]), width);
  // Windows of a map form a batch of short sequences.
  const batch = tokens <= 64 && draw.chance(0.4) ? draw.pick([4, 16, 64]) : 1;
  return net.input([batch, tokens, width]);
}

function signal(net: NetworkWriter, draw: Draw): Value {
  return net.input([1, draw.pick([1, 8, 32, 64, 80, 128, 256]), draw.size(64, 4096, 8)]);
}

function recurrent(net: NetworkWriter, draw: Draw): Value {
  return net.input([draw.size(4, 160), draw.pick([1, 1, 1, 4]), draw.size(16, 384, 8)]);
}

function vector(net: NetworkWriter, draw: Draw): Value {
  return net.input([draw.pick([1, 1, 1, 4, 16, 64, 128]), draw.size(32, 2048, 8)]);
}
