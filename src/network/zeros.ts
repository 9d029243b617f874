import { OperatorGraph, type OperatorNode } from './graph.js';
import type { Shape } from './operator.js';

/**
 * The same network without arithmetic on zeros: sums lose their terms that are known to be zero, a sum of one
 * term becomes that term, and what then leads to no output is left out.
 */
export function withoutZeros(graph: OperatorGraph): OperatorGraph {
  const zeros = new Set<string>();
  /** Sums that are one tensor under another name. */
  const sameAs = new Map<string, string>();
  const nodes: OperatorNode[] = [];
  for (const { name, operator, inputs: written } of graph.nodes()) {
    const inputs = written.map((input) => sameAs.get(input) ?? input);
    if (operator.kind === 'zeroize') zeros.add(name);
    if (operator.kind !== 'add') {
      nodes.push({ name, operator, inputs });
      continue;
    }
    const terms = inputs.filter((input) => !zeros.has(input));
    if (terms.length === 0) zeros.add(name);
    // A term may be broadcast to the shape of the zeros that it is added to.
    const shaped = terms.some((term) => sameShape(graph.shape(term), graph.shape(name)));
    if (!shaped) nodes.push({ name, operator, inputs });
    else if (terms.length === 1) sameAs.set(name, terms[0]);
    else nodes.push({ name, operator, inputs: terms });
  }
  return OperatorGraph.from(leadingToOutput(nodes));
}

/** The nodes that an output depends on, in their order. Inputs stay: they are the network's signature. */
function leadingToOutput(nodes: readonly OperatorNode[]): OperatorNode[] {
  const leading = new Set<string>();
  for (const { name, operator, inputs } of nodes.toReversed()) {
    if (operator.kind === 'output' || operator.kind === 'input') leading.add(name);
    if (leading.has(name)) for (const input of inputs) leading.add(input);
  }
  return nodes.filter(({ name }) => leading.has(name));
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
