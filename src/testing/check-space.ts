import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import { totalCost } from '../network/cost.js';
import type { OperatorGraph } from '../network/graph.js';
import { encodePredictorGraph } from '../spaces/predictor-graph.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';
import { holds } from './contract.js';

export interface SpaceCheckOptions {
  /** Number of architectures drawn; 50 by default. */
  readonly samples?: number;
  readonly seed?: number;
}

/**
 * Checks that a search space keeps its contract on its example and on architectures drawn from it:
 *
 * - text and index lead back to the architecture;
 * - malformed text is refused with an `InputError`;
 * - neighbours are distinct, and differ from the architecture itself;
 * - pruning twice changes no more than pruning once;
 * - `encode` writes what the predictor graph says;
 * - `macs` equals the multiply-accumulates of the complete network.
 *
 * @throws Error that names the architecture and the broken rule
 */
export function checkSpace(space: SearchSpace, { samples = 50, seed = 1 }: SpaceCheckOptions = {}): void {
  const random = new Random(seed);
  const drawn = Array.from({ length: samples }, () => space.sample(random));
  for (const architecture of [space.parse(space.example), ...drawn]) {
    checkText(space, architecture);
    checkGraph(space, architecture);
    checkNetwork(space, architecture);
  }
  holds(
    space.format(space.parse(space.example)) === space.example,
    space.name,
    'its example is not canonical',
  );
  checkRefusals(space);
}

function checkText(space: SearchSpace, architecture: Architecture): void {
  const text = space.format(architecture);
  const same = (other: Architecture) => space.format(other) === text;
  holds(architecture.length === space.slots.length, text, 'it does not have one option for each slot');
  for (const [slot, { name, options }] of space.slots.entries()) {
    holds(architecture[slot] < options.length, text, `slot ${name} has no option ${architecture[slot]}`);
  }
  holds(same(space.parse(text)), text, 'parse does not read what format writes');
  if (isNumbered(space)) {
    const index = space.indexOf(architecture);
    holds(index >= 0 && index < space.size, text, `its index ${index} is not within 0 … ${space.size - 1}`);
    holds(same(space.at(index)), text, `at(${index}) is another architecture`);
  }
  const pruned = space.prune(architecture);
  holds(
    space.format(space.prune(pruned)) === space.format(pruned),
    text,
    'pruning changes it the second time',
  );
  const neighbours = space.neighbours(architecture).map((neighbour) => space.format(neighbour));
  holds(new Set(neighbours).size === neighbours.length, text, 'a neighbour comes twice');
  holds(!neighbours.includes(text), text, 'it is its own neighbour');
  for (const unit of space.units(architecture)) {
    holds(space.unitNames.includes(unit), text, `unit ${unit} is not among the unit names`);
  }
}

/** Whether architectures have positions; a space that is too large to number them refuses to. */
function isNumbered(space: SearchSpace): boolean {
  try {
    space.at(0);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function checkGraph(space: SearchSpace, architecture: Architecture): void {
  const { nodes, features } = space.graph;
  const graph = space.toPredictorGraph(architecture);
  const text = space.format(architecture);
  holds(graph.order <= nodes, text, `its predictor graph has ${graph.order} nodes, the layout ${nodes}`);
  const encoded = (encode: (x: Float32Array, adjacency: Float32Array, row: number) => void) => {
    const x = new Float32Array(2 * nodes * features.length);
    const adjacency = new Float32Array(2 * nodes * nodes);
    encode(x, adjacency, 1);
    return [...x, ...adjacency];
  };
  const own = encoded((x, adjacency, row) => space.encode(architecture, x, adjacency, row));
  const ofGraph = encoded((x, adjacency, row) => encodePredictorGraph(graph, space.graph, x, adjacency, row));
  holds(
    own.every((value, i) => value === ofGraph[i]),
    text,
    'encode does not write what its predictor graph says',
  );
}

function checkNetwork(space: SearchSpace, architecture: Architecture): void {
  const text = space.format(architecture);
  const network = networkIn(space, architecture);
  if (!network) {
    holds(space.macs(architecture) === 0, text, 'it has no network, but its quick MACs are not 0');
    return;
  }
  network.validate();
  const { macs } = totalCost(network);
  holds(
    space.macs(architecture) === macs,
    text,
    `its quick MACs are ${space.macs(architecture)}, its network's ${macs}`,
  );
}

/**
 * The network of an architecture, if it has one: spaces that only list slots have none, nor do disconnected
 * architectures of some spaces.
 */
function networkIn(space: SearchSpace, architecture: Architecture): OperatorGraph | undefined {
  try {
    return space.toNetwork(architecture);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Malformed text must be refused as a user's mistake (`InputError`), never with a crash. */
function checkRefusals(space: SearchSpace): void {
  const { example } = space;
  for (const text of ['', ' ', `${example}x`, example.slice(1), example.slice(0, -1), '\0', '💥']) {
    const said = JSON.stringify(text);
    const read = readOf(space, text);
    if (typeof read === 'string') holds(read === text, space.name, `it reads ${said} as ${read}`);
    else holds(read.error instanceof InputError, space.name, `it refuses ${said} with ${read.error}`);
  }
}

/** The canonical form of the architecture read from a text, or the error that reading it throws. */
function readOf(space: SearchSpace, text: string): string | { readonly error: unknown } {
  try {
    return space.format(space.parse(text));
  } catch (error) {
    return { error };
  }
}
