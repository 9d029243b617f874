import { DirectedGraph } from 'graphology';

/** The fixed layout of a space's predictor graphs. */
export interface GraphLayout {
  /** Nodes per graph; graphs with fewer are padded with nodes whose features are all zero. */
  readonly nodes: number;
  /** Names of the node features in column order. The first is 1 for an existing node, 0 for padding. */
  readonly features: readonly string[];
}

/** A node of a predictor graph: an operation of a cell, a layer of a chain. */
export interface PredictorNode {
  /** Its kind in the space's terms: `nor_conv_3x3`, `mbconv_e6_k5`. */
  readonly kind: string;
  /** False for an operation that is on no path from input to output. */
  readonly alive: boolean;
  /** Its features by name; those neither given here nor derived from the graph are 0. */
  readonly features: Readonly<Record<string, number>>;
}

/**
 * A predictor's view of an architecture as a Graphology graph: nodes in the order of a predictor's rows,
 * edges where data flows. Names of nodes are for people.
 */
export type PredictorGraph = DirectedGraph<PredictorNode>;

/**
 * Builds a predictor graph.
 *
 * @param nodes in the order of a predictor's rows
 * @param edges pairs of names, source first
 */
export function predictorGraph(
  nodes: Iterable<readonly [name: string, node: PredictorNode]>,
  edges: Iterable<readonly [from: string, to: string]>,
): PredictorGraph {
  const graph: PredictorGraph = new DirectedGraph();
  for (const [name, node] of nodes) graph.addNode(keyOf(name), node);
  for (const [from, to] of edges) graph.addEdge(keyOf(from), keyOf(to));
  return graph;
}

/** Graphology keeps neighbours in plain objects, which inherit properties such as `constructor`. */
const keyOf = (name: string): string => (name in Object.prototype ? `${name}′` : name);

/**
 * Writes a predictor graph into row `row` of a batch, in the form that the graph network reads. A space's own
 * `encode` writes the same, but is optimised for running through whole spaces.
 *
 * Three features follow from the graph itself: `exists` is 1 for every node; `reached` and `leading` are 1
 * for nodes reachable from a node of kind `input`, and for those leading to one of kind `output`. A feature
 * with the name of a node's kind is 1. All others come from the node, whose values also take precedence.
 *
 * @param features `[batch, layout.nodes, layout.features.length]`, zeroed
 * @param adjacency `[batch, layout.nodes, layout.nodes]`, zeroed; entry `[to, from]` is 1 where data flows
 *   from → to
 */
export function encodePredictorGraph(
  graph: PredictorGraph,
  { nodes, features: names }: GraphLayout,
  features: Float32Array,
  adjacency: Float32Array,
  row: number,
): void {
  const places = new Map(graph.nodes().map((name, place) => [name, place]));
  const reached = walked(graph, 'input', (name) => graph.outNeighbors(name));
  const leading = walked(graph, 'output', (name) => graph.inNeighbors(name));
  graph.forEachNode((name, node) => {
    const known: Readonly<Record<string, number>> = {
      exists: 1,
      reached: Number(reached.has(name)),
      leading: Number(leading.has(name)),
      [node.kind]: 1,
      ...node.features,
    };
    const first = (row * nodes + (places.get(name) as number)) * names.length;
    for (const [column, feature] of names.entries()) {
      // Not `in`: every object inherits properties such as `constructor`.
      if (Object.hasOwn(known, feature)) features[first + column] = known[feature];
    }
  });
  graph.forEachEdge((_edge, _attributes, from, to) => {
    adjacency[(row * nodes + (places.get(to) as number)) * nodes + (places.get(from) as number)] = 1;
  });
}

/** All nodes reachable from the nodes of a kind, themselves included. */
function walked(graph: PredictorGraph, kind: string, next: (name: string) => string[]): Set<string> {
  const found = new Set(graph.filterNodes((_, node) => node.kind === kind));
  // Iterating over a set includes elements added during the iteration.
  for (const name of found) for (const neighbour of next(name)) found.add(neighbour);
  return found;
}
