import type { OperatorGraph } from '../../network/graph.js';

/** Attention as one kernel: the product of queries and keys, its softmax, and the product with the values. */
export interface FusedAttention {
  readonly operators: readonly string[];
  readonly scores: string;
  readonly mixed: string;
  /** The tensor added to the scores. */
  readonly bias?: string;
}

/** Attentions by the name of their last product. Each tensor inside is read only by the next operator. */
export function fusedAttentions(graph: OperatorGraph): ReadonlyMap<string, FusedAttention> {
  const found = new Map<string, FusedAttention>();
  for (const softmax of graph.names()) {
    if (graph.operator(softmax).kind !== 'softmax') continue;
    const mixed = onlyReader(graph, softmax, 'matmul');
    const [before] = graph.inputs(softmax);
    const isBiased = graph.operator(before).kind === 'add' && graph.inputs(before).length === 2;
    const scores = isBiased ? graph.inputs(before)[0] : before;
    if (mixed === undefined || graph.operator(scores).kind !== 'matmul') continue;
    if (graph.readers(scores).length !== 1 || graph.readers(before).length !== 1) continue;
    found.set(mixed, {
      operators: [...new Set([scores, before, softmax, mixed])],
      scores,
      mixed,
      ...(isBiased && { bias: graph.inputs(before)[1] }),
    });
  }
  return found;
}

function onlyReader(graph: OperatorGraph, name: string, kind: string): string | undefined {
  const readers = graph.readers(name);
  return readers.length === 1 && graph.operator(readers[0]).kind === kind ? readers[0] : undefined;
}
