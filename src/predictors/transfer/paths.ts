import { Matrix } from 'ml-matrix';
import { tf } from '../../nn/engines/tfjs.js';
import type { ModelParameter } from '../../nn/inference-model.js';
import type { GraphLayout } from '../../spaces/predictor-graph.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/**
 * Sets of features whose nodes are counted along a longest path: each kind of operation, and each pair of
 * kinds. A device that runs branches in parallel takes as long as its longest branch. Which branch that is
 * depends on the operations' times, which are not known in advance; these lengths stand in for it.
 *
 * @param architectures over which lengths are compared with counts
 * @param products of features that vary over them
 * @returns none if every path contains all operations, as in a chain of layers
 */
export function pathsOf(
  space: SearchSpace,
  architectures: readonly Architecture[],
  products: readonly (readonly [number, number])[],
): (readonly number[])[] {
  const { features } = space.graph;
  const leading = features.indexOf('leading');
  const varies = (a: number, b: number) => products.some(([x, y]) => x === a && y === b);
  // Features that say what a node is, not where: their number varies, also among nodes that lead to the
  // output.
  const kinds = [...features.keys()].filter((f) => f > leading && varies(0, f) && varies(leading, f));
  const sets = kinds.flatMap((a, i) => [[a], ...kinds.slice(i + 1).map((b) => [a, b])]);
  const lengths = longestPaths(space, architectures, sets);
  const counts = longestPaths(space, architectures, sets, 'through all nodes');
  return sets.filter((_, p) => architectures.some((_, i) => lengths.get(i, p) !== counts.get(i, p)));
}

/**
 * The largest number of nodes on one path that have one of a set's features.
 *
 * @param paths sets of features
 * @param wiring `through all nodes`: as if all nodes followed one another, so that they count wherever they
 *   are
 * @returns `[architecture, path]`
 */
export function longestPaths(
  space: SearchSpace,
  architectures: readonly Architecture[],
  paths: readonly (readonly number[])[],
  wiring: 'as encoded' | 'through all nodes' = 'as encoded',
): Matrix {
  const { nodes, features } = space.graph;
  const width = features.length;
  const x = new Float32Array(nodes * width);
  const adjacency = new Float32Array(nodes * nodes);
  const longest = new Matrix(architectures.length, paths.length);
  // The longest path to each node; in all encodings, a node comes after its inputs.
  const length = new Float64Array(nodes);
  architectures.forEach((architecture, row) => {
    x.fill(0);
    adjacency.fill(0);
    space.encode(architecture, x, adjacency, 0);
    if (wiring === 'through all nodes') adjacency.fill(1);
    paths.forEach((path, column) => {
      for (let i = 0; i < nodes; i++) {
        let before = 0;
        for (let j = 0; j < i; j++) before = Math.max(before, adjacency[i * nodes + j] * length[j]);
        length[i] = path.reduce((sum, feature) => sum + x[i * width + feature], before);
      }
      longest.set(row, column, Math.max(...length));
    });
  });
  return longest;
}

/** `longestPaths` of encoded graphs in tfjs code. */
export function pathReadings({ nodes, features }: GraphLayout, paths: readonly (readonly number[])[]) {
  const members = new Float32Array(features.length * paths.length);
  paths.forEach((path, column) => {
    for (const feature of path) members[feature * paths.length + column] = 1;
  });
  return {
    parameters: [
      { name: 'paths/members', shape: [features.length, paths.length], values: members },
    ] satisfies ModelParameter[],
    /** @returns `[batch, path]` */
    read(p: tf.NamedTensorMap, x: tf.NamedTensorMap): tf.Tensor {
      const batch = x.features.shape[0];
      const rows = tf.reshape(x.features, [batch * nodes, features.length]);
      const own = tf.reshape(tf.matMul(rows, p['paths/members']), [batch, nodes, paths.length]);
      const wires = tf.reshape(x.adjacency, [batch, nodes, nodes, 1]);
      let length = own;
      // A path of n nodes is complete after n - 1 rounds.
      for (let round = 1; round < nodes; round++) {
        const before = tf.mul(wires, tf.reshape(length, [batch, 1, nodes, paths.length]));
        length = tf.add(own, tf.max(before, 2));
      }
      return tf.max(length, 1);
    },
  };
}
