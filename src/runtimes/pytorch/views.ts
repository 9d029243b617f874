import type { OperatorGraph } from '../../network/graph.js';
import type { OperatorKind } from '../../network/operator.js';

/** Operators whose result is a view of their input. */
export const IN_PLACE: ReadonlySet<OperatorKind> = new Set<OperatorKind>(['reshape', 'flatten', 'identity']);

/** The operator that writes the memory of a tensor, which may be a view. */
export function memoryOf(graph: OperatorGraph, name: string): string {
  return IN_PLACE.has(graph.operator(name).kind) ? memoryOf(graph, graph.inputs(name)[0]) : name;
}
