import { OperatorGraph, type OperatorNode } from './graph.js';
import type { Shape } from './operator.js';

/**
 * The same network without arithmetic on zeros: terms known to be zero are removed from sums, a sum of one
 * term becomes that term, and operators that no longer lead to an output are removed.
 */
export function withoutZeros(graph: OperatorGraph): OperatorGraph {
  const zeros = new Set<string>();
  /** Sums that are now another name for one tensor. */
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
    // The zeros may have broadcast a term to a larger shape; then the sum must stay.
    const shaped = terms.some((term) => sameShape(graph.shape(term), graph.shape(name)));
    if (!shaped) nodes.push({ name, operator, inputs });
    else if (terms.length === 1) sameAs.set(name, terms[0]);
    else nodes.push({ name, operator, inputs: terms });
  }
  return OperatorGraph.from(leadingToOutput(nodes));
}

/** The nodes that an output depends on, in order. Inputs stay, because they are the network's signature. */
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
