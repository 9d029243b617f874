import { createHash } from 'node:crypto';
import { InputError, quote } from '../../base/errors.js';
import { Random } from '../../base/random.js';
import {
  encodePredictorGraph,
  type GraphLayout,
  type PredictorGraph,
  type PredictorNode,
  predictorGraph,
} from '../predictor-graph.js';
import { neighboursOf, sampleSlots, unranked } from '../slots.js';
import type { Architecture, SearchSpace } from '../space.js';
import { BlockCosts, blockNetwork, isConnected, livingBlocks } from './block-network.js';
import { type BlockInstance, blockKinds, blocksOf, MOST_BLOCKS } from './blocks.js';
import { checkBlocks } from './check-blocks.js';
import { DeclaredSlots } from './declared-slots.js';
import type { SpaceFile } from './space-file.js';

/** A space read from a file, which becomes part of the cards of everything learned from it. */
export interface DeclaredSpace extends SearchSpace {
  readonly file: SpaceFile;
  /**
   * Numbers the architectures, if there are few enough, piece by piece. Otherwise the first operation that
   * needs the numbers does it at once, blocking everything else meanwhile.
   */
  numbering(): Iterable<void>;
}

/** Largest number of combinations for which architectures are numbered. */
const NUMBERED = 200_000;
/** Number of combinations per piece of the numbering. */
const PIECE = 200;
/** Most draws in search of an architecture that is not forbidden. */
const DRAWS = 10_000;
/** Base-2 logarithms of the costs that map to 1: 2⁴⁰ multiply-accumulates, 2³² parameters, 2⁴⁰ bytes. */
const COSTS = { log_macs: 40, log_parameters: 32, log_traffic: 40 };

/**
 * The search space of a file. Predictors see a node for each block, with its kind, the choices that determine
 * it, and its costs; in a space without blocks, a node for each slot.
 *
 * @throws InputError that names the field at fault
 */
export function declaredSpace(file: SpaceFile): DeclaredSpace {
  if (file.program !== undefined && file.blocks) {
    throw new InputError('a program writes the networks instead of blocks; leave one of them out', {
      field: '/program',
    });
  }
  const slots = new DeclaredSlots(file);
  checkBlocks(file.blocks ?? [], slots.names);
  const costs = new BlockCosts();
  const hasBlocks = file.blocks !== undefined;
  const blocks = (architecture: Architecture) => blocksOf(file, slots, architecture);
  const layout = layoutOf(file, slots);
  const combinations = slots.slots.reduce((product, { options }) => product * options.length, 1);
  const allowed = (architecture: Architecture) => slots.problem(architecture) === undefined;

  let numbered: { list: Architecture[]; places: Map<string, number> } | undefined;
  function* numbering(): Generator<void> {
    if (numbered || combinations > NUMBERED) return;
    const list: Architecture[] = [];
    const places = new Map<string, number>();
    for (let rank = 0; rank < combinations; rank++) {
      if (rank % PIECE === PIECE - 1) yield;
      const architecture = unranked(slots.slots, rank);
      const first = slots.canonical(architecture).every((option, k) => option === architecture[k]);
      if (first && allowed(architecture)) places.set(architecture.join(), list.push(architecture) - 1);
    }
    numbered = { list, places };
  }
  const all = () => {
    if (combinations > NUMBERED) {
      throw new InputError(
        `${file.name} has too many architectures to number or to go through; sample some instead`,
      );
    }
    for (const _ of numbering());
    return numbered!;
  };
  const connected = (architecture: Architecture) => !hasBlocks || isConnected(blocks(architecture));
  const graphOf = (architecture: Architecture) =>
    hasBlocks ? blockGraph(slots, costs, architecture, blocks(architecture)) : slotGraph(slots, architecture);

  const space: DeclaredSpace = {
    file,
    numbering,
    name: file.name,
    description: file.description,
    slots: slots.slots,
    get size() {
      return combinations <= NUMBERED ? all().list.length : countOf(slots);
    },
    graph: layout,
    architectureColumns: [...(file.columns ?? []), 'arch', 'architecture'],
    joinedColumns: Object.fromEntries(
      slots.rows
        .filter(({ isRow }) => isRow)
        .map(({ name, first, count }) => [name, Array.from({ length: count }, (_, i) => first + i)]),
    ),
    activeSlots: (architecture) => slots.active(architecture),
    example: '',
    parse: (text) => slots.parse(text),
    format: (architecture) => slots.format(slots.canonical(architecture)),
    indexOf: (architecture) => all().places.get(slots.canonical(architecture).join()) ?? -1,
    at(index) {
      const { list } = all();
      if (Number.isInteger(index) && index >= 0 && index < list.length) return list[index];
      throw new InputError(
        `${quote(index)} is not an index of ${file.name}; they go from 0 to ${list.length - 1}`,
      );
    },
    sample(random) {
      for (let draw = 0; draw < DRAWS; draw++) {
        const architecture = slots.canonical(sampleSlots(slots.slots, random));
        if (allowed(architecture)) return architecture;
      }
      throw new InputError(`${file.name}: ${DRAWS} draws were all forbidden`, { field: '/forbidden' });
    },
    neighbours(architecture) {
      const found = new Map<string, Architecture>();
      for (const other of neighboursOf(slots.slots, architecture)) {
        const canonical = slots.canonical(other);
        if (allowed(canonical)) found.set(canonical.join(), canonical);
      }
      found.delete(slots.canonical(architecture).join());
      return [...found.values()];
    },
    classOf(architecture) {
      if (!hasBlocks) return slots.format(slots.canonical(architecture));
      const living = livingBlocks(blocks(architecture));
      const text = JSON.stringify(
        living.map(({ name, inputs, merge, operators }) => [name, inputs, merge, operators]),
      );
      return createHash('sha256').update(text).digest('base64url');
    },
    isConnected: connected,
    prune: (architecture) => architecture,
    units(architecture) {
      const active = slots.active(architecture);
      return slots.slots.flatMap(({ name, options }, k) =>
        active[k] ? [`${name}=${options[architecture[k]]}`] : [],
      );
    },
    unitNames: slots.slots.flatMap(({ name, options }) => options.map((option) => `${name}=${option}`)),
    macs(architecture) {
      if (!hasBlocks || !connected(architecture)) return 0;
      return [...costs.of(blocks(architecture)).values()].reduce((sum, { macs }) => sum + macs, 0);
    },
    encode(architecture, features, adjacency, row) {
      encodePredictorGraph(graphOf(architecture), layout, features, adjacency, row);
    },
    toPredictorGraph: graphOf,
    toNetwork(architecture) {
      if (hasBlocks) return blockNetwork(blocks(architecture));
      const what = file.program === undefined ? 'declares no blocks' : 'leaves its networks to a program';
      throw new InputError(`${file.name} ${what}, so there are no operators of its architectures`);
    },
  };
  const random = new Random(1);
  let example = space.sample(random);
  for (let draw = 0; draw < 100 && !space.isConnected(example); draw++) example = space.sample(random);
  return Object.defineProperty(space, 'example', { value: space.format(example), enumerable: true });
}

/**
 * Checks that the blocks of a space make networks, and returns the space.
 *
 * @throws InputError if an operator cannot be made, or no sampled architecture has a path to its last block
 */
export function withNetworks(space: DeclaredSpace): DeclaredSpace {
  if (!space.file.blocks) return space;
  const example = space.parse(space.example);
  if (!space.isConnected(example)) {
    const message = `no path leads from an operator of kind input to the last block, as in ${space.example}`;
    throw new InputError(message, { field: '/blocks' });
  }
  space.toNetwork(example);
  return space;
}

/** The number of architectures if slots without a count determine which others are active. */
function countOf({ rows }: DeclaredSlots): number {
  return rows.reduce((product, { options, count }) => product * options.length ** count, 1);
}

function layoutOf(file: SpaceFile, slots: DeclaredSlots): GraphLayout {
  const options = slots.rows.flatMap(({ name, options }) =>
    options.length > 1 ? options.map((option) => `${name}=${option}`) : [],
  );
  if (!file.blocks) {
    return {
      nodes: slots.slots.length,
      features: ['exists', ...slots.rows.map(({ name }) => name), ...options],
    };
  }
  const nodes = file.blocks.reduce((sum, { for: loop }, b) => {
    const range = Object.values(loop ?? {})[0];
    if (range === undefined) return sum + 1;
    if (typeof range === 'string') return sum + (slots.rows.find(({ name }) => name === range)?.count ?? 0);
    const [from, to] = range;
    if (typeof from === 'number' && typeof to === 'number') return sum + Math.max(0, to - from);
    throw new InputError('a block is repeated over a row of slots, or between two whole numbers', {
      field: `/blocks/${b}/for`,
    });
  }, 0);
  if (nodes > MOST_BLOCKS) {
    const message = `architectures have up to ${nodes} blocks; at most ${MOST_BLOCKS} are read`;
    throw new InputError(message, { field: '/blocks' });
  }
  return { nodes, features: ['exists', ...blockKinds(file), ...options, ...Object.keys(COSTS)] };
}

function slotGraph(slots: DeclaredSlots, architecture: Architecture): PredictorGraph {
  const active = slots.active(architecture);
  const nodes = slots.rows.flatMap(({ name, options, first, count }) =>
    Array.from({ length: count }, (_, i) => i).flatMap((i): (readonly [string, PredictorNode])[] => {
      if (!active[first + i]) return [];
      const features = { [`${name}=${options[architecture[first + i]]}`]: 1 };
      return [[slots.slots[first + i].name, { kind: name, alive: true, features }]];
    }),
  );
  return predictorGraph(
    nodes,
    nodes.slice(1).map(([name], i) => [nodes[i][0], name] as const),
  );
}

function blockGraph(
  slots: DeclaredSlots,
  costs: BlockCosts,
  architecture: Architecture,
  blocks: readonly BlockInstance[],
): PredictorGraph {
  const cost = isConnected(blocks) ? costs.of(blocks) : new Map<string, never>();
  const scale = (value: number, most: number) => Math.log2(1 + value) / most;
  const nodes = blocks.map(({ name, kind, place }) => {
    const chosen = slots.rows.flatMap(({ name: slot, options, first, count, isRow }) => {
      if (isRow && (place === undefined || place < 0 || place >= count)) return [];
      return [[`${slot}=${options[architecture[first + (isRow ? place! : 0)]]}`, 1] as const];
    });
    const of = cost.get(name);
    const numbers = of && {
      log_macs: scale(of.macs, COSTS.log_macs),
      log_parameters: scale(of.parameters, COSTS.log_parameters),
      log_traffic: scale(of.activationBytes, COSTS.log_traffic),
    };
    return [
      name,
      { kind, alive: of !== undefined, features: { ...Object.fromEntries(chosen), ...numbers } },
    ] as const;
  });
  return predictorGraph(
    nodes,
    blocks.flatMap(({ name, inputs }) => [...new Set(inputs)].map((input) => [input, name] as const)),
  );
}
