import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familyNetworks, generatedPath } from '../../../src/onnx/generate/generated-networks.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { tensorOf } from '../../../src/onnx/read/tensor-graph.js';
import { withoutWeights } from '../../../src/onnx/without-weights.js';
import { runtimeShapes } from './runtime-shapes.js';

for (const network of familyNetworks(1)) {
  test(`${generatedPath(network)}: without weights, every tensor has the shape of a run with them`, async () => {
    const file = network.model();
    const graph = await readTensorGraph(withoutWeights(file));
    const inputs = new Map(graph.inputs.map((name) => [name, tensorOf(graph, name).shape]));
    const run = await runtimeShapes(file, inputs);
    const read = [...graph.tensors.values()].filter(({ name }) => run.has(name));
    assert.ok(read.length > graph.nodes.length / 2);
    assert.deepEqual(
      read.map(({ name, shape }) => [name, shape]),
      read.map(({ name }) => [name, run.get(name)]),
    );
  });
}
