import { InputError, quote } from '../../base/errors.js';
import { predictorGraph } from '../predictor-graph.js';
import { PythonRandom } from '../python-random.js';
import { neighboursOf, rankOf, sampleSlots, unranked } from '../slots.js';
import type { Architecture, SearchSpace, Slot } from '../space.js';
import { EDGES } from './edges.js';
import { nasbench201Network, OPERATIONS } from './network.js';

const NONE = 0;
const SKIP = 1;

const OPTIONS = OPERATIONS.length;
const SIZE = OPTIONS ** EDGES.length;
const EXAMPLE =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|';
const NODES = EDGES.length + 2;
const OUTPUT = NODES - 1;
const FEATURES = [
  'exists',
  'reached',
  'leading',
  'input',
  'output',
  ...OPERATIONS,
  ...EDGES.map(([from, to]) => `edge_${from}${to}`),
];
const FIRST_OPERATION = 5;
const FIRST_EDGE = FIRST_OPERATION + OPTIONS;

/** Input and output count as reached and leading even in cells without a path between them. */
const ENDS = { reached: 1, leading: 1 };

/** Pairs of predictor-graph nodes that are connected if neither is `none`: one operation follows the other. */
const WIRES: readonly (readonly [from: number, to: number])[] = [
  ...EDGES.flatMap(([from], k) => (from === 0 ? [[0, k + 1] as const] : [])),
  ...EDGES.flatMap(([, to], k) =>
    EDGES.flatMap(([from], next) => (from === to ? [[k + 1, next + 1] as const] : [])),
  ),
  ...EDGES.flatMap(([, to], k) => (to === 3 ? [[k + 1, OUTPUT] as const] : [])),
];

/**
 * For each set of edges that are not `none` (one bit each): the edges reached from the input, and those
 * leading to the output. Devices differ in what they run of the others: all of them, only those leading to
 * the output, or none.
 */
const REACHED = new Uint8Array(1 << EDGES.length);
const LEADING = new Uint8Array(1 << EDGES.length);
for (let present = 0; present < REACHED.length; present++) {
  const reached = [true, false, false, false];
  const leads = [false, false, false, true];
  EDGES.forEach(([from, to], k) => {
    if (!((present >> k) & 1 && reached[from])) return;
    reached[to] = true;
    REACHED[present] |= 1 << k;
  });
  [...EDGES.entries()].reverse().forEach(([k, [from, to]]) => {
    if (!((present >> k) & 1 && leads[to])) return;
    leads[from] = true;
    LEADING[present] |= 1 << k;
  });
}

/** Bits of the edges that are not `none`. */
function presentEdges(architecture: Architecture): number {
  let present = 0;
  for (let k = 0; k < architecture.length; k++) if (architecture[k] !== NONE) present |= 1 << k;
  return present;
}

/** Bits of the edges on a path from input to output. */
function aliveEdges(architecture: Architecture): number {
  const present = presentEdges(architecture);
  return REACHED[present] & LEADING[present];
}

const SLOTS: readonly Slot[] = EDGES.map(([from, to]) => ({
  name: `edge_${from}${to}`,
  options: OPERATIONS,
}));

/**
 * The published order: the authors listed all cells lexicographically and shuffled the list with Python's
 * `random.seed(88)`. `ranks[index]` is a cell's lexicographic rank, `indices` the inverse.
 */
let order: { ranks: Uint32Array; indices: Uint32Array } | undefined;
function publishedOrder() {
  if (!order) {
    const ranks = Uint32Array.from({ length: SIZE }, (_, i) => i);
    new PythonRandom(88).shuffle(ranks);
    const indices = new Uint32Array(SIZE);
    ranks.forEach((rank, index) => {
      indices[rank] = index;
    });
    order = { ranks, indices };
  }
  return order;
}

/** Finds the beginning and end of each edge's operation in a canonical string by its separators. */
function parse(text: string): Architecture {
  const architecture = new Uint8Array(EDGES.length);
  let at = 0;
  for (let k = 0; k < EDGES.length; k++) {
    const [from, to] = EDGES[k];
    const opening = from > 0 ? '|' : to === 1 ? '|' : '|+|';
    if (!text.startsWith(opening, at))
      throw malformed(text, `expected ${quote(opening)} at character ${at + 1}`);
    at += opening.length;
    const tilde = text.indexOf('~', at);
    if (tilde < 0) throw malformed(text, `the operation at character ${at + 1} has no '~${from}'`);
    const option = optionByName.get(text.slice(at, tilde));
    if (option === undefined) {
      throw malformed(
        text,
        `unknown operation ${quote(text.slice(at, tilde))}; known are ${OPERATIONS.join(', ')}`,
      );
    }
    if (text[tilde + 1] !== String(from)) {
      throw malformed(
        text,
        `the operation at character ${at + 1} must read from ~${from}, not ~${text[tilde + 1]}`,
      );
    }
    architecture[k] = option;
    at = tilde + 2;
  }
  if (text.slice(at) !== '|') throw malformed(text, `expected '|' and the end at character ${at + 1}`);
  return architecture;
}

const optionByName = new Map<string, number>(OPERATIONS.map((name, i) => [name, i]));

function malformed(text: string, problem: string): InputError {
  return new InputError(
    `${quote(text, 120)} is not a NAS-Bench-201 cell: ${problem}. A cell looks like ${EXAMPLE}`,
  );
}

function format(architecture: Architecture): string {
  const edge = (k: number) => `${OPERATIONS[architecture[k]]}~${EDGES[k][0]}|`;
  return `|${edge(0)}+|${edge(1)}${edge(2)}+|${edge(3)}${edge(4)}${edge(5)}`;
}

/**
 * The benchmark's own key for isomorphic cells (`to_unique_str`, taking `none` into account): tensors are
 * written as sorted sums of operations on earlier tensors; skip is the identity, none is zero.
 */
function classOf(architecture: Architecture): string {
  const tensors = ['0'];
  for (let to = 1; to <= 3; to++) {
    const terms: string[] = [];
    EDGES.forEach(([from, target], k) => {
      if (target !== to) return;
      const source = tensors[from];
      if (architecture[k] === SKIP) terms.push(source);
      else if (architecture[k] === NONE || source === '#') terms.push('#');
      else terms.push(`(${source})@${OPERATIONS[architecture[k]]}`);
    });
    tensors.push(terms.sort().join('+'));
  }
  return tensors[3];
}

/** MACs of the stem, the two reductions and the classifier, including its ten biases. */
const FIXED_MACS = 7_783_050;

export const nasbench201: SearchSpace = {
  name: 'nasbench201',
  description: 'NAS-Bench-201: cells of six edges with five operations, 15,625 networks for CIFAR images',
  slots: SLOTS,
  size: SIZE,
  graph: { nodes: NODES, features: FEATURES },
  architectureColumns: ['arch_str', 'arch', 'architecture'],
  example: EXAMPLE,
  unitNames: OPERATIONS,
  parse,
  format,
  classOf,

  indexOf: (architecture) => publishedOrder().indices[rankOf(SLOTS, architecture)],
  at(index) {
    if (!Number.isInteger(index) || index < 0 || index >= SIZE) {
      throw new InputError(`${quote(index)} is not a NAS-Bench-201 index; they go from 0 to ${SIZE - 1}`);
    }
    return unranked(SLOTS, publishedOrder().ranks[index]);
  },
  sample: (random) => sampleSlots(SLOTS, random),
  neighbours: (architecture) => neighboursOf(SLOTS, architecture),

  isConnected: (architecture) => aliveEdges(architecture) !== 0,
  prune(architecture) {
    const alive = aliveEdges(architecture);
    return architecture.map((option, k) => ((alive >> k) & 1 ? option : NONE));
  },

  units: (architecture) => Array.from(architecture, (option) => OPERATIONS[option]),
  macs(architecture) {
    let macs = FIXED_MACS;
    // There are 5 cells per stage; 16² · 32², 32² · 16² and 64² · 8² are all 2¹⁸.
    for (const option of architecture) {
      if (OPERATIONS[option] === 'nor_conv_1x1') macs += 15 * 2 ** 18;
      if (OPERATIONS[option] === 'nor_conv_3x3') macs += 15 * 2 ** 18 * 9;
    }
    return macs;
  },

  encode(architecture, features, adjacency, row) {
    const present = presentEdges(architecture);
    const x = row * NODES * FEATURES.length;
    const a = row * NODES * NODES;
    const output = x + OUTPUT * FEATURES.length;
    features[x] = features[x + 1] = features[x + 2] = features[x + 3] = 1;
    features[output] = features[output + 1] = features[output + 2] = features[output + 4] = 1;
    for (let k = 0; k < architecture.length; k++) {
      const node = x + (k + 1) * FEATURES.length;
      features[node] = 1;
      features[node + 1] = (REACHED[present] >> k) & 1;
      features[node + 2] = (LEADING[present] >> k) & 1;
      features[node + FIRST_OPERATION + architecture[k]] = 1;
      features[node + FIRST_EDGE + k] = 1;
    }
    for (const [from, to] of WIRES) {
      if (carries(architecture, from) && carries(architecture, to)) adjacency[a + to * NODES + from] = 1;
    }
  },

  toPredictorGraph(architecture) {
    const alive = aliveEdges(architecture);
    const names = ['input', ...EDGES.map(([from, to]) => `${from}→${to}`), 'output'];
    const operations = Array.from(architecture, (option, k) => {
      const node = {
        kind: OPERATIONS[option],
        alive: Boolean((alive >> k) & 1),
        features: { [SLOTS[k].name]: 1 },
      };
      return [names[k + 1], node] as const;
    });
    return predictorGraph(
      [
        ['input', { kind: 'input', alive: true, features: ENDS }],
        ...operations,
        ['output', { kind: 'output', alive: true, features: ENDS }],
      ],
      WIRES.filter(([from, to]) => carries(architecture, from) && carries(architecture, to)).map(
        ([from, to]) => [names[from], names[to]] as const,
      ),
    );
  },

  toNetwork: nasbench201Network,
};

/** Whether a predictor-graph node passes anything on. */
function carries(architecture: Architecture, node: number): boolean {
  return node === 0 || node === OUTPUT || architecture[node - 1] !== NONE;
}
