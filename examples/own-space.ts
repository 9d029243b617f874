// Your own search space: three convolutions, each with a kernel size and a number of channels. `checkSpace` checks the
// contract that every built-in space keeps, and `poolOfSpace` makes a candidate pool that any strategy can search.
//
//     npm run build && node dist/examples/own-space.js
import { fileURLToPath } from 'node:url';
import {
  type Architecture,
  encodePredictorGraph,
  InputError,
  OperatorGraph,
  type PredictorGraph,
  poolOfSpace,
  predictorGraph,
  type SearchSpace,
  totalCost,
} from 'tempograph';
import { checkSpace } from 'tempograph/testing';

const LAYERS = [0, 1, 2];
const KERNELS = [1, 3, 5];
const CHANNELS = [16, 32, 64];
const CHOICES = KERNELS.flatMap((kernel) => CHANNELS.map((channels) => ({ kernel, channels })));
const SIZE = CHOICES.length ** LAYERS.length;
const GRAPH = { nodes: LAYERS.length, features: ['exists', 'kernel', 'channels'] };

const text = ({ kernel, channels }: (typeof CHOICES)[number]) => `k${kernel}c${channels}`;
const choicesOf = (architecture: Architecture) => Array.from(architecture, (choice) => CHOICES[choice]);
const format = (architecture: Architecture) => choicesOf(architecture).map(text).join('-');

function parse(given: string): Architecture {
  const parts = given.split('-');
  const choices = parts.map((part) => CHOICES.findIndex((choice) => text(choice) === part));
  if (parts.length !== LAYERS.length || choices.includes(-1)) {
    throw new InputError(`"${given}" is not like k3c16-k1c32-k5c64`);
  }
  return Uint8Array.from(choices);
}

function toNetwork(architecture: Architecture): OperatorGraph {
  const network = new OperatorGraph();
  let tensor = network.input([3, 32, 32]);
  for (const { kernel, channels } of choicesOf(architecture)) {
    const around = (kernel - 1) / 2;
    const convolution = {
      kind: 'conv2d' as const,
      outChannels: channels,
      kernel: [kernel, kernel] as const,
      stride: [2, 2] as const,
      padding: [around, around, around, around] as const,
      dilation: [1, 1] as const,
      groups: 1,
      bias: true,
    };
    tensor = network.add({ kind: 'relu' }, [network.add(convolution, [tensor])]);
  }
  network.output(tensor);
  return network;
}

function toPredictorGraph(architecture: Architecture): PredictorGraph {
  const nodes = choicesOf(architecture).map(({ kernel, channels }, layer) => {
    const features = { kernel: kernel / 5, channels: channels / 64 };
    return [`layer${layer}`, { kind: `k${kernel}`, alive: true, features }] as const;
  });
  return predictorGraph(nodes, [
    ['layer0', 'layer1'],
    ['layer1', 'layer2'],
  ]);
}

export const space: SearchSpace = {
  name: 'chain',
  description: 'three convolutions with kernel and channels each',
  slots: LAYERS.map((layer) => ({ name: `layer${layer}`, options: CHOICES.map(text) })),
  size: SIZE,
  graph: GRAPH,
  architectureColumns: ['arch'],
  example: 'k3c16-k1c32-k5c64',
  unitNames: LAYERS.flatMap((layer) => CHOICES.map((choice) => `layer${layer}_${text(choice)}`)),

  parse,
  format,
  indexOf: (architecture) => architecture.reduce((index, choice) => index * CHOICES.length + choice, 0),
  at: (index) =>
    Uint8Array.from(LAYERS, (layer) => Math.floor(index / CHOICES.length ** (2 - layer)) % CHOICES.length),
  sample: (random) => Uint8Array.from(LAYERS, () => random.integer(CHOICES.length)),
  neighbours: (architecture) =>
    LAYERS.flatMap((layer) =>
      [...CHOICES.keys()]
        .filter((choice) => choice !== architecture[layer])
        .map((choice) => architecture.with(layer, choice)),
    ),

  // No two architectures compute the same function, and no operation can be dead.
  classOf: format,
  isConnected: () => true,
  prune: (architecture) => architecture,

  units: (architecture) => choicesOf(architecture).map((choice, layer) => `layer${layer}_${text(choice)}`),
  macs: (architecture) => totalCost(toNetwork(architecture)).macs,
  encode: (architecture, features, adjacency, row) =>
    encodePredictorGraph(toPredictorGraph(architecture), GRAPH, features, adjacency, row),
  toPredictorGraph,
  toNetwork,
};

// When run by itself, rather than given to `--space`.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  checkSpace(space);
  const { macs, parameters } = totalCost(toNetwork(parse(space.example)));
  const candidates = poolOfSpace(space, 1).size;
  console.log(`${space.name} keeps the contract: ${space.size} networks, ${candidates} candidates`);
  console.log(`${space.example}: ${macs} multiply-accumulates, ${parameters} parameters`);
}
