import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { OperatorGraph } from '../../../src/network/graph.js';
import { decodeModel, encodeModel } from '../../../src/onnx/proto.js';
import { IsolatedReader } from '../../../src/onnx/read/isolated/isolated-reader.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { networkModel } from '../../../src/onnx/write/network-model.js';

function model(): ReturnType<typeof decodeModel> {
  const graph = new OperatorGraph();
  graph.output(graph.add({ kind: 'relu' }, [graph.input([3, 4, 4], 'image')], 'act'), 'result');
  return decodeModel(networkModel(graph, { batch: 1, seed: 1 }));
}

test('a file that takes all memory in onnxruntime ends a process that is not ours, and the next one is read', async () => {
  const reader = new IsolatedReader();
  try {
    const fine = encodeModel(model());
    assert.deepEqual(await reader.read(fine), await readTensorGraph(fine));
    // A shape of 2^40 dimensions: onnxruntime makes room for each of them.
    const hostile = model();
    hostile.graph.node[0].opType = 'Reshape';
    hostile.graph.node[0].input.push('shape');
    const type = { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 2 ** 40 }] } } };
    hostile.graph.input.push({ name: 'shape', type });
    const read = reader.read(encodeModel(hostile));
    await assert.rejects(
      read,
      (error) => error instanceof InputError && /too much memory/.test(error.message),
    );
    assert.deepEqual(await reader.read(fine), await readTensorGraph(fine));
  } finally {
    reader.close();
  }
});
