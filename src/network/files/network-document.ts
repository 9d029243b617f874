import { MultiDirectedGraph } from 'graphology';
import { InputError } from '../../base/errors.js';
import { operatorCost } from '../cost.js';
import { OperatorGraph, type OperatorNode } from '../graph.js';
import type { Operator } from '../operator.js';

/** A node of a network document. It is flat, so that every graph program can read it. */
export interface DocumentNode {
  readonly label: string;
  readonly kind: string;
  /** The operator with its attributes, as JSON. */
  readonly operator: string;
  /** Shape of the tensor that it writes, without the batch: `64×56×56`. */
  readonly shape: string;
  readonly macs: number;
  readonly parameters: number;
  /** Bytes of float32 activations that it writes. */
  readonly activationBytes: number;
  /** Whether a path leads from it to an output. */
  readonly alive: boolean;
}

/** A network in a form for other programs: a Graphology graph whose attributes are text, numbers and booleans. */
export type NetworkDocument = MultiDirectedGraph<DocumentNode, { readonly position: number }>;

/** A network's document, with the costs of each operator at batch size 1. */
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
 * The network in a document. Only operators and edges are read; everything else follows from them.
 *
 * @throws InputError that names the node at fault
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
    // Handled below, because text that is not JSON is as wrong as JSON without a kind.
  }
  throw new InputError('it must be an operator as JSON: {"kind": …}', { field: `${name}.operator` });
}

/** The operators from which a path leads to an output. */
function leadingToOutput({ graph }: OperatorGraph): Set<string> {
  const leading = new Set(graph.filterNodes((_, { operator }) => operator.kind === 'output'));
  // Iterating over a set includes elements added during the iteration.
  for (const name of leading) for (const source of graph.inNeighbors(name)) leading.add(source);
  return leading;
}
