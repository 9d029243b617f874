import type { Random } from '../base/random.js';
import type { OperatorGraph } from '../network/graph.js';
import type { GraphLayout, PredictorGraph } from './predictor-graph.js';

/**
 * One architecture of a space: the index of the chosen option in each slot, in slot order.
 * `space.format` turns it into the space's canonical string.
 */
export type Architecture = Uint8Array;

/** One decision of a space, for example the operation on an edge or the kernel of a block. */
export interface Slot {
  /** Also the column name under which a CSV may give this slot's value: `block0_k`. */
  readonly name: string;
  /** The options' names in index order: `['none', 'skip_connect', …]` or `['3', '5']`. */
  readonly options: readonly string[];
}

/**
 * Whether a device's numbers include operations that cannot reach the output: `timed` if they ran
 * while being measured, `pruned` if they were removed first.
 */
export type DeadOperations = 'timed' | 'pruned';

/** A search space: the one contract that datasets, predictors, searches and the service know. */
export interface SearchSpace {
  readonly name: string;
  /** One sentence for help texts and pages. */
  readonly description: string;
  readonly slots: readonly Slot[];
  /**
   * Slots that together choose the operator of a layer, a group for each layer from input to output, by indices into
   * `slots`; those in no group choose something else (depth, the image's size). Each slot a layer of its own, if absent.
   */
  readonly operatorSlots?: readonly (readonly number[])[];
  /** Number of architectures; the nearest double where there are more than 2⁵³. */
  readonly size: number;
  readonly graph: GraphLayout;
  /** CSV columns that may hold the architecture as one string, best first. */
  readonly architectureColumns: readonly string[];
  /**
   * CSV columns that give several slots at once, by name: their values joined by '-', in the order of these indices
   * into `slots`. The other slots have columns of their own.
   */
  readonly joinedColumns?: Readonly<Record<string, readonly number[]>>;
  /**
   * Which slots count in an architecture, of spaces where some choices switch others off; all do, if absent. A joined
   * column of a CSV has values for those alone.
   */
  activeSlots?(architecture: Architecture): readonly boolean[];
  /** A valid canonical string, shown in errors and help. */
  readonly example: string;

  /** @throws InputError naming the part that is wrong and what would be right. */
  parse(text: string): Architecture;
  format(architecture: Architecture): string;

  /**
   * Position in the space's published order, 0 … size-1.
   * @throws InputError if there are more architectures than numbers can tell apart, 2⁵³
   */
  indexOf(architecture: Architecture): number;
  /** @throws InputError if the index is outside 0 … size-1, or there are more than 2⁵³ architectures. */
  at(index: number): Architecture;
  sample(random: Random): Architecture;
  /** All other architectures that one slot's change leads to. */
  neighbours(architecture: Architecture): Architecture[];

  /** A key that is equal exactly for architectures that compute the same function by the space's rules. */
  classOf(architecture: Architecture): string;
  /** False if no path leads from input to output. */
  isConnected(architecture: Architecture): boolean;
  /** The ONNX file of an architecture, its weights left out, where a program writes a space's networks. */
  model?(architecture: Architecture): Promise<Uint8Array>;
  /** The same network without its dead operations (itself where nothing is dead). */
  prune(architecture: Architecture): Architecture;

  /** Names of the operations (or blocks) that run, once per occurrence: what an additive lookup table counts. */
  units(architecture: Architecture): string[];
  /** Every name `units` can return, in a fixed order. */
  readonly unitNames: readonly string[];
  /** Multiply-accumulates of the full network (what `toNetwork` and `cost` give, but fast). */
  macs(architecture: Architecture): number;

  /**
   * Writes one predictor graph into row `row` of a batch.
   * @param features `[batch, graph.nodes, graph.features.length]`, zeroed
   * @param adjacency `[batch, graph.nodes, graph.nodes]`, zeroed; entry `[to, from]` is 1 where data flows from → to
   */
  encode(architecture: Architecture, features: Float32Array, adjacency: Float32Array, row: number): void;
  /**
   * Writes into row `row` of a batch what each node of the predictor graph moves through memory: its input and every
   * tensor that it makes, MiB of float32 at batch size 1. Only of spaces whose nodes of a kind differ in it.
   * @param traffic `[batch, graph.nodes]`, zeroed
   */
  encodeTraffic?(architecture: Architecture, traffic: Float32Array, row: number): void;
  /** The same graph in Graphology; `encodePredictorGraph` writes what `encode` does. */
  toPredictorGraph(architecture: Architecture): PredictorGraph;
  /** The full runnable network. */
  toNetwork(architecture: Architecture): OperatorGraph;
}
