import { MultiDirectedGraph } from 'graphology';
import { InputError } from '../../base/errors.js';
import { operatorCost } from '../cost.js';
import { OperatorGraph, type OperatorNode } from '../graph.js';
import type { Operator } from '../operator.js';

/** A node of a network's document: flat, so that every graph program can read it. */
export interface DocumentNode {
  readonly label: string;
  readonly kind: string;
  /** The operator with its attributes, as JSON. */
  readonly operator: string;
  /** Of the tensor that it writes, without the batch: `64×56×56`. */
  readonly shape: string;
  readonly macs: number;
  readonly parameters: number;
  /** Bytes of float32 that it writes. */
  readonly activationBytes: number;
  /** False if no path leads from it to an output. */
  readonly alive: boolean;
}

/** A network as other programs read it: a Graphology graph whose attributes are text, numbers and truth values. */
export type NetworkDocument = MultiDirectedGraph<DocumentNode, { readonly position: number }>;

/** A network's document, with what each operator costs at batch size 1. */
export function networkDocument(network: OperatorGraph): NetworkDocument {
  const document: NetworkDocument = new MultiDirectedGraph();
  const alive = leadingToOutput(network);
  network.graph.forEachNode((name, { operator, shape }) => {
    document.addNode(name, {
      label: name,
      kind: operator.kind,
      operator: JSON.stringify(operator),
      shape: shape.join('×'),
      ...operatorCost(network, name),
      alive: alive.has(name),
    });
  });
  network.graph.forEachEdge((_edge, { position }, from, to) => {
    document.addEdge(from, to, { position });
  });
  return document;
}

/**
 * The network that a document holds; only operators and edges are read, as all else follows from them.
 *
 * @throws InputError naming the node at fault
 */
export function networkOfDocument(document: NetworkDocument): OperatorGraph {
  const nodes = document.mapNodes((name, { operator }): OperatorNode => {
    const inputs: string[] = [];
    document.forEachInEdge(name, (_edge, { position }, source) => {
      inputs[position] = source;
    });
    return { name, operator: operatorIn(name, operator), inputs };
  });
  return OperatorGraph.from(nodes);
}

function operatorIn(name: string, text: unknown): Operator {
  try {
    const operator = JSON.parse(String(text));
    if (typeof operator?.kind === 'string') return operator;
  } catch {
    // Told below, as a text that is no JSON is as wrong as one without a kind.
  }
  throw new InputError('it must be an operator as JSON: {"kind": …}', { field: `${name}.operator` });
}

/** The operators from which a path leads to an output. */
function leadingToOutput({ graph }: OperatorGraph): Set<string> {
  const leading = new Set(graph.filterNodes((_, { operator }) => operator.kind === 'output'));
  // A set is iterated to its end, including what is added on the way.
  for (const name of leading) for (const source of graph.inNeighbors(name)) leading.add(source);
  return leading;
}
