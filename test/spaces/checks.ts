import assert from 'node:assert/strict';
import { InputError } from '../../src/base/errors.js';
import { encodePredictorGraph } from '../../src/spaces/predictor-graph.js';
import type { Architecture, SearchSpace } from '../../src/spaces/space.js';

/** Each text must be refused with a message about the part that is wrong. */
export function assertRefused(space: SearchSpace, wrong: readonly (readonly [string, RegExp])[]): void {
  for (const [text, message] of wrong) {
    assert.throws(
      () => space.parse(text),
      (error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, message);
        return true;
      },
      text,
    );
  }
}

/** What a space encodes must be what the encoder of predictor graphs makes of its graph, in any row of a batch. */
export function assertEncodesItsGraph(space: SearchSpace, architectures: readonly Architecture[]): void {
  const { nodes, features } = space.graph;
  const zeros = () => [new Float32Array(2 * nodes * features.length), new Float32Array(2 * nodes * nodes)];
  for (const [i, architecture] of architectures.entries()) {
    const row = i % 2;
    const [x, adjacency] = zeros();
    space.encode(architecture, x, adjacency, row);
    const [graphX, graphAdjacency] = zeros();
    encodePredictorGraph(space.toPredictorGraph(architecture), space.graph, graphX, graphAdjacency, row);
    assert.deepEqual(x, graphX, space.format(architecture));
    assert.deepEqual(adjacency, graphAdjacency, space.format(architecture));
  }
}

/**
 * The predictor graph must be a chain of `length` nodes, and encoding must write it, after another row.
 * Returns the value of a node's feature.
 */
export function assertChain(
  space: SearchSpace,
  architecture: Architecture,
  length: number,
): (node: number, feature: string) => number {
  const graph = space.toPredictorGraph(architecture);
  const names = graph.nodes();
  assert.equal(graph.order, length);
  assert.deepEqual(
    graph.mapEdges((_edge, _attributes, from, to) => [from, to]),
    names.slice(1).map((name, i) => [names[i], name]),
  );
  assertEncodesItsGraph(space, [architecture]);
  const layout = space.graph;
  const x = new Float32Array(2 * layout.nodes * layout.features.length);
  const adjacency = new Float32Array(2 * layout.nodes * layout.nodes);
  space.encode(architecture, x, adjacency, 1);
  const value = (node: number, feature: string) =>
    x[(layout.nodes + node) * layout.features.length + layout.features.indexOf(feature)];
  for (let node = 0; node < layout.nodes; node++) {
    assert.equal(value(node, 'exists'), node < graph.order ? 1 : 0);
    for (let from = 0; from < layout.nodes; from++) {
      const wired = node < graph.order && node > 0 && from === node - 1;
      assert.equal(adjacency[(layout.nodes + node) * layout.nodes + from], wired ? 1 : 0);
    }
  }
  assert.ok(
    x.every((number) => number >= 0 && number <= 1),
    'features are between 0 and 1',
  );
  return value;
}

/** The node features of an architecture as a key: equal for equal predictor graphs of a space of chains. */
export function featuresKey(space: SearchSpace, architecture: Architecture): string {
  const x = new Float32Array(space.graph.nodes * space.graph.features.length);
  space.encode(architecture, x, new Float32Array(space.graph.nodes ** 2), 0);
  return x.join();
}
