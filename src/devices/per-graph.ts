import type { OperatorGraph } from '../network/graph.js';

/**
 * Remembers what is computed from a graph for as long as the graph lives: devices with other constants, as
 * calibration makes them, ask for the same again. A graph that has grown since is computed anew.
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
