import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { Random } from '../../../src/base/random.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { totalCost } from '../../../src/network/cost.js';
import type { OperatorGraph } from '../../../src/network/graph.js';
import { OperatorGraph as Graph } from '../../../src/network/graph.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import { decodeModel, encodeModel } from '../../../src/onnx/proto.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';
import { networkModel } from '../../../src/onnx/write/network-model.js';
import { spaces } from '../../../src/spaces/registry.js';

/** A model as its file is sent without the values of its weights. */
function withoutWeights(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  for (const tensor of model.graph.initializer) {
    if (tensor.dims.reduce((size, dim) => size * dim, 1) > 64) tensor.rawData = new Uint8Array();
  }
  return encodeModel(model);
}

function assertSame(read: OperatorGraph, written: OperatorGraph, name: string): void {
  const [ours, theirs] = [read, written].map((graph) => totalCost(graph));
  assert.deepEqual(
    { macs: ours.macs, parameters: ours.parameters },
    { macs: theirs.macs, parameters: theirs.parameters },
    name,
  );
  const shapes = (graph: OperatorGraph) =>
    graph
      .names()
      .filter((node) => graph.operator(node).kind === 'conv2d')
      .map((node) => graph.shape(node).join('×'))
      .sort();
  assert.deepEqual(shapes(read), shapes(written), name);
}

test('networks of every space and published ones are read back with the same costs and shapes', () => {
  const random = new Random(3);
  for (const space of spaces) {
    for (let i = 0; i < 5; i++) {
      const architecture = space.sample(random);
      const graph = space.toNetwork(space.prune(architecture));
      const bytes = networkModel(graph, { batch: i === 0 ? 'dynamic' : 1, seed: 1 });
      assertSame(readNetwork(withoutWeights(bytes)), graph, space.format(architecture));
    }
  }
  for (const name of ['googlenet', 'resnet50']) {
    const bytes = networkModel(publishedNetwork(name), { batch: 1, seed: 1 });
    assertSame(readNetwork(bytes), publishedNetwork(name), name);
  }
});

test('an analytic device takes as long for the network that was read as for the one that was written', () => {
  const bytes = networkModel(publishedNetwork('resnet50'), { batch: 1, seed: 1 });
  const device = analyticDevice('dpu:zcu102');
  assert.equal(
    device.latency(readNetwork(bytes)).latencyMs,
    device.latency(publishedNetwork('resnet50')).latencyMs,
  );
});

test('what cannot be read is named', () => {
  const refused = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(
      () => readNetwork(bytes),
      (error) => error instanceof InputError && message.test(error.message),
    );
  refused(new Uint8Array([1, 2, 3]), /no ONNX model/);
  refused(new Uint8Array(), /no nodes/);
  const graph = new Graph();
  graph.output(graph.add({ kind: 'relu' }, [graph.input([3, 4, 4], 'image')], 'act'), 'result');
  const changed = (change: (model: ReturnType<typeof decodeModel>) => void) => {
    const model = decodeModel(networkModel(graph, { batch: 1, seed: 1 }));
    change(model);
    return encodeModel(model);
  };
  refused(
    changed((model) => {
      model.graph.node[0].opType = 'Einsum';
    }),
    /"Einsum" is not understood/,
  );
  refused(
    changed((model) => {
      model.graph.node[0].input = ['nothing'];
    }),
    /reads no|act|takes/,
  );
  refused(
    changed((model) => {
      model.graph.output[0].name = 'nothing';
    }),
    /"nothing" is written by no node/,
  );
  refused(
    changed((model) => {
      model.graph.input[0].type!.tensorType!.shape!.dim[2] = { dimParam: 'height' };
    }),
    /needs fixed dimensions/,
  );
});
