import type { OperatorGraph } from '../network/graph.js';

/**
 * Remembers a value computed from a graph for as long as the graph exists: calibration asks for it again for
 * each device with other constants. If the graph has grown since, it is computed anew.
 */
export function perGraph<T>(compute: (graph: OperatorGraph) => T): (graph: OperatorGraph) => T {
  const known = new WeakMap<OperatorGraph, { order: number; result: T }>();
  return (graph) => {
    const { order } = graph;
    const entry = known.get(graph);
    if (entry?.order === order) return entry.result;
    const result = compute(graph);
    known.set(graph, { order, result });
    return result;
  };
}
