import type { Random } from '../base/random.js';
import type { OperatorGraph } from '../network/graph.js';
import type { GraphLayout, PredictorGraph } from './predictor-graph.js';

/**
 * An architecture of a space: the index of the chosen option in each slot, in slot order. `space.format`
 * turns it into the space's canonical string.
 */
export type Architecture = Uint8Array;

/** One decision of a space, for example the operation on an edge or the kernel size of a block. */
export interface Slot {
  /** Also the name of a CSV column with this slot's value: `block0_k`. */
  readonly name: string;
  /** The options' names in index order: `['none', 'skip_connect', …]` or `['3', '5']`. */
  readonly options: readonly string[];
}

/**
 * Whether a device's values include operations that do not reach the output: `timed` if they ran during the
 * measurement, `pruned` if they were removed first.
 */
export type DeadOperations = 'timed' | 'pruned';

/** A search space: the contract on which datasets, predictors, searches and the service rely. */
export interface SearchSpace {
  readonly name: string;
  /** One sentence, for help texts and pages. */
  readonly description: string;
  readonly slots: readonly Slot[];
  /**
   * Slots that together determine the operator of a layer, one group per layer from input to output, as
   * indices into `slots`. Slots in no group determine something else (depth, the image size). If absent, each
   * slot is a layer of its own.
   */
  readonly operatorSlots?: readonly (readonly number[])[];
  /** Number of architectures; the nearest double if there are more than 2⁵³. */
  readonly size: number;
  readonly graph: GraphLayout;
  /** CSV columns that may hold the architecture as one string, in order of preference. */
  readonly architectureColumns: readonly string[];
  /**
   * CSV columns that hold several slots at once, by name: their values joined by '-', in the order of these
   * indices into `slots`. The other slots have columns of their own.
   */
  readonly joinedColumns?: Readonly<Record<string, readonly number[]>>;
  /**
   * Which slots are active in an architecture, for spaces where some choices switch others off; if absent,
   * all are. A joined column of a CSV has values for active slots only.
   */
  activeSlots?(architecture: Architecture): readonly boolean[];
  /** A valid canonical string, shown in errors and help. */
  readonly example: string;

  /**
   * Reads an architecture's text.
   *
   * @throws InputError that names the wrong part, and what would be right
   */
  parse(text: string): Architecture;
  format(architecture: Architecture): string;

  /**
   * Position in the space's published order, 0 … size-1.
   *
   * @throws InputError if the space is too large to number: beyond 2⁵³ architectures, or too many to go through
   */
  indexOf(architecture: Architecture): number;
  /**
   * The architecture at a position of the published order.
   *
   * @throws InputError if the index is outside 0 … size-1, or the space is too large to number
   */
  at(index: number): Architecture;
  sample(random: Random): Architecture;
  /** All other architectures that differ in one slot. */
  neighbours(architecture: Architecture): Architecture[];

  /** A key that is equal for exactly those architectures that compute the same function by the space's rules. */
  classOf(architecture: Architecture): string;
  /** Whether a path leads from input to output. */
  isConnected(architecture: Architecture): boolean;
  /** The ONNX file of an architecture without weights, for spaces whose networks are written by a program. */
  model?(architecture: Architecture): Promise<Uint8Array>;
  /** The same network without its dead operations; the architecture itself if none are dead. */
  prune(architecture: Architecture): Architecture;

  /** Names of the operations (or blocks) that run, once per occurrence: the units of an additive lookup table. */
  units(architecture: Architecture): string[];
  /** Every name that `units` can return, in a fixed order. */
  readonly unitNames: readonly string[];
  /** Multiply-accumulates of the full network: the same as those of `toNetwork`, but fast. */
  macs(architecture: Architecture): number;

  /**
   * Writes one predictor graph into row `row` of a batch.
   *
   * @param features `[batch, graph.nodes, graph.features.length]`, zeroed
   * @param adjacency `[batch, graph.nodes, graph.nodes]`, zeroed; entry `[to, from]` is 1 where data flows
   *   from → to
   */
  encode(architecture: Architecture, features: Float32Array, adjacency: Float32Array, row: number): void;
  /**
   * Writes the memory traffic of each node of the predictor graph into row `row` of a batch: its input and
   * every tensor that it makes, in MiB of float32 at batch size 1. Only for spaces in which nodes of one kind
   * differ in it.
   *
   * @param traffic `[batch, graph.nodes]`, zeroed
   */
  encodeTraffic?(architecture: Architecture, traffic: Float32Array, row: number): void;
  /** The predictor graph in Graphology; `encodePredictorGraph` writes the same for it as `encode`. */
  toPredictorGraph(architecture: Architecture): PredictorGraph;
  /**
   * The complete network, which can be run.
   *
   * @throws InputError if the space declares no networks, or needs a path from input to output that the
   *   architecture lacks
   */
  toNetwork(architecture: Architecture): OperatorGraph;
}
