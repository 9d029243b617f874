import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { Random } from '../../../src/base/random.js';
import { analyticDevice } from '../../../src/devices/catalogue.js';
import { totalCost } from '../../../src/network/cost.js';
import type { OperatorGraph } from '../../../src/network/graph.js';
import { OperatorGraph as Graph } from '../../../src/network/graph.js';
import { publishedNetwork } from '../../../src/network/zoo/index.js';
import {
  type AttributeProto,
  AttributeType,
  DataType,
  decodeModel,
  encodeModel,
  type FunctionProto,
  type NodeProto,
  type TensorProto,
} from '../../../src/onnx/proto.js';
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

test('networks of every space and published ones are read back with the same costs and shapes', async () => {
  const random = new Random(3);
  for (const space of spaces) {
    for (let i = 0; i < 5; i++) {
      const architecture = space.sample(random);
      const graph = space.toNetwork(space.prune(architecture));
      // A file does not say which constants are learned, and has the bias of a sequence's layer as an addition.
      if (graph.names().some((name) => graph.operator(name).kind === 'parameter')) continue;
      const bytes = networkModel(graph, { batch: i === 0 ? 'dynamic' : 1, seed: 1 });
      const { network } = await readNetwork(withoutWeights(bytes));
      assertSame(network, graph, space.format(architecture));
    }
  }
  for (const name of ['googlenet', 'resnet50']) {
    const { network } = await readNetwork(networkModel(publishedNetwork(name), { batch: 1, seed: 1 }));
    assertSame(network, publishedNetwork(name), name);
  }
});

test('an analytic device takes as long for the network that was read as for the one that was written', async () => {
  const { network } = await readNetwork(networkModel(publishedNetwork('resnet50'), { batch: 1, seed: 1 }));
  const device = analyticDevice('dpu:zcu102');
  assert.equal(device.latency(network).latencyMs, device.latency(publishedNetwork('resnet50')).latencyMs);
});

/** `image` → relu `act` → `result`, changed. */
function changed(change: (model: ReturnType<typeof decodeModel>) => void): Uint8Array {
  const graph = new Graph();
  graph.output(graph.add({ kind: 'relu' }, [graph.input([3, 4, 4], 'image')], 'act'), 'result');
  const model = decodeModel(networkModel(graph, { batch: 1, seed: 1 }));
  change(model);
  return encodeModel(model);
}

/** A float constant `k` with the bytes of `count` values. */
function constant(dims: number[], count: number): TensorProto {
  return { name: 'k', dims, dataType: DataType.float, rawData: new Uint8Array(4 * count) };
}

const CONSTANTS: readonly (readonly [constants: readonly TensorProto[], message: RegExp])[] = [
  [[constant([2, 2], 3)], /"k" holds 12 bytes, and \[2, 2\] of float32 takes 16/],
  [[{ ...constant([2, 2], 0), floatData: [1, 2, 3] }], /"k" holds 3 values, and \[2, 2\] has 4/],
  [[{ ...constant([2], 0), dataType: 99 as DataType }], /"k" has the data type 99, which ONNX does not have/],
  [[constant([2], 2), constant([3], 3)], /two constants are named "k": float32 \[2\] and float32 \[3\]/],
];

const REFUSED: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
  ['no file of ONNX', new Uint8Array([1, 2, 3]), /not an ONNX model/],
  ['an empty file', new Uint8Array(), /no nodes/],
  [
    'an unknown operator',
    changed((model) => {
      model.graph.node[0].opType = 'Frobnicate';
    }),
    /there is no operator "Frobnicate" in operator set 17 of ONNX/,
  ],
  ...['constructor', '__proto__', 'toString'].map(
    (name) =>
      [
        `an operator that is called ${name}`,
        changed((model) => {
          model.graph.node[0].opType = name;
        }),
        new RegExp(`there is no operator "${name}" in operator set 17 of ONNX`),
      ] as const,
  ),
  [
    'a domain of nobody',
    changed((model) => {
      model.graph.node[0].domain = 'com.evil';
      model.opsetImport.push({ domain: 'com.evil', version: 1 });
    }),
    /operator "Relu" of the domain "com.evil" is not known/,
  ],
  [
    'a domain that is not imported',
    changed((model) => {
      model.graph.node[0].domain = 'acme';
    }),
    /"Relu" of the domain "acme", of which the file imports no operator set/,
  ],
  [
    'a tensor that no node writes',
    changed((model) => {
      model.graph.node[0].input = ['nothing'];
    }),
    /reads "nothing", which no node writes/,
  ],
  [
    'an output that no node writes',
    changed((model) => {
      model.graph.output[0].name = 'nothing';
    }),
    /"nothing" is written by no node/,
  ],
  [
    'a cycle',
    changed((model) => {
      const [relu] = model.graph.node;
      model.graph.node.unshift({ ...relu, name: 'back', input: [relu.output[0]], output: ['loop'] });
      relu.input = ['loop'];
    }),
    /cycle: node/,
  ],
  [
    'a tensor that is written twice',
    changed((model) => {
      model.graph.node.push(structuredClone(model.graph.node[0]));
    }),
    /is written twice/,
  ],
  [
    'a newer format of files',
    changed((model) => {
      model.irVersion = 15;
    }),
    /IR version 15; files up to version 14 are read/,
  ],
  [
    'more elements than can be counted',
    changed((model) => {
      const { dim } = model.graph.input[0].type!.tensorType!.shape!;
      for (const each of dim) each.dimValue = 2 ** 40;
    }),
    /"image" cannot have the shape/,
  ],
  [
    'a graph without outputs',
    changed((model) => {
      model.graph.output = [];
    }),
    /names no outputs/,
  ],
  [
    'an input without a type',
    changed((model) => {
      model.graph.input[0].type = {};
    }),
    /input "image" has no type/,
  ],
  [
    'an output of another type than it is written with',
    changed((model) => {
      model.graph.output[0].type!.tensorType!.elemType = DataType.int64;
    }),
    /output "\w+" is declared as int64, and is float32/,
  ],
  [
    'outputs that depend on no input',
    changed((model) => {
      model.graph.node[0].opType = 'Shape';
      model.graph.output[0].type = undefined;
    }),
    /nothing that it computes depends on an input/,
  ],
  ...CONSTANTS.map(
    ([constants, message]) =>
      [
        `a constant: ${message.source}`,
        changed((model) => {
          model.graph.initializer = [...constants];
        }),
        message,
      ] as const,
  ),
];

for (const [what, bytes, message] of REFUSED) {
  test(`${what} is refused by name`, async () => {
    await assert.rejects(
      readNetwork(bytes),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}

test('a dynamic size gets a default that is said, or the one that is asked for', async () => {
  const bytes = changed((model) => {
    model.graph.input[0].type!.tensorType!.shape!.dim[2] = { dimParam: 'height' };
  });
  const usual = await readNetwork(bytes);
  assert.deepEqual(usual.network.shape('image'), [3, 224, 4]);
  assert.match(usual.notes.join(), /"image" has dynamic sizes: height = 224/);
  for (const sizes of [new Map([['height', 7]]), new Map([['image', [1, 3, 7, 4]]])]) {
    const asked = await readNetwork(bytes, { sizes });
    assert.deepEqual(asked.network.shape('image'), [3, 7, 4]);
    assert.deepEqual(asked.notes, []);
  }
  const wrong = readNetwork(bytes, { sizes: new Map([['width', 7]]) });
  await assert.rejects(wrong, /named "width"; there are "image", "height"/);
});

test('names may be anything', async () => {
  const bytes = changed((model) => {
    model.graph.node[0].name = '__proto__';
    model.graph.node[0].input = ['constructor'];
    model.graph.input[0].name = 'constructor';
  });
  const { network } = await readNetwork(bytes);
  const [image, act, result] = network.names();
  assert.deepEqual(network.inputs(act), [image]);
  assert.deepEqual(network.readers(act), [result]);
});

const linear = (name: string, overload: string, transB: number): FunctionProto => ({
  name,
  domain: 'acme',
  overload,
  input: ['a', 'w'],
  output: ['c'],
  node: [
    {
      opType: 'Gemm',
      input: ['a', 'w'],
      output: ['c'],
      attribute: [{ name: 'transB', type: AttributeType.int, i: transB }],
    },
  ],
  opsetImport: [{ domain: '', version: 17 }],
  attributeProto: [],
});

const call = (overload: string, input: string[], output: string): NodeProto => ({
  opType: 'linear',
  domain: 'acme',
  overload,
  input,
  output: [output],
  attribute: [],
});

test('functions of one name are told apart by their overload, and inlined in branches too', async () => {
  const branch = (name: string, node: NodeProto): AttributeProto => ({
    name,
    type: AttributeType.graph,
    g: { name, node: [node], initializer: [], input: [], output: [{ name: node.output[0] }] },
  });
  const constant = (name: string, dims: number[], dataType = 1): TensorProto => ({
    name,
    dims,
    dataType,
    rawData: new Uint8Array(dims.reduce((product, size) => product * size, dataType === 1 ? 4 : 1)),
  });
  const bytes = encodeModel({
    irVersion: 10,
    producerName: '',
    producerVersion: '',
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'acme', version: 1 },
    ],
    functions: [linear('linear', '', 0), linear('linear', 'transposed', 1)],
    graph: {
      name: 'g',
      node: [
        call('', ['x', 'w'], 'h'),
        {
          opType: 'If',
          input: ['no'],
          output: ['y'],
          attribute: [
            branch('then_branch', call('', ['h', 'w'], 't')),
            branch('else_branch', call('transposed', ['h', 'v'], 'e')),
          ],
        },
      ],
      initializer: [constant('w', [8, 6]), constant('v', [3, 6]), constant('no', [], 9)],
      input: [
        {
          name: 'x',
          type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 1 }, { dimValue: 8 }] } } },
        },
      ],
      output: [{ name: 'y' }],
    },
    metadataProps: [],
  });
  const { network } = await readNetwork(bytes);
  assert.deepEqual(network.shape('y'), [3]);
  const { macs, parameters } = totalCost(network);
  assert.deepEqual({ macs, parameters }, { macs: 8 * 6 + 6 * 3, parameters: 8 * 6 + 6 * 3 });
});
