import { type Encoding, graphEncoding } from './encoding.js';

/** The graph as the device runs it, the same without dead operations, and the memory traffic of its nodes. */
export const basisEncoding: Encoding = {
  inputs: (space) => [
    ...graphEncoding.inputs(space),
    ...graphEncoding.inputs(space).map(({ name, shape }) => ({ name: `pruned_${name}`, shape })),
    ...(space.encodeTraffic ? [{ name: 'traffic', shape: [space.graph.nodes] }] : []),
  ],
  encode(space, architectures) {
    const pruned = graphEncoding.encode(
      space,
      architectures.map((a) => space.prune(a)),
    );
    const traffic = new Float32Array(architectures.length * space.graph.nodes);
    architectures.forEach((architecture, row) => {
      space.encodeTraffic?.(architecture, traffic, row);
    });
    return {
      ...graphEncoding.encode(space, architectures),
      ...Object.fromEntries(Object.entries(pruned).map(([name, values]) => [`pruned_${name}`, values])),
      ...(space.encodeTraffic ? { traffic } : {}),
    };
  },
};
