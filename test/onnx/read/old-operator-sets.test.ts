import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttributeProto, AttributeType, encodeModel, type NodeProto } from '../../../src/onnx/proto.js';
import { readNetwork } from '../../../src/onnx/read/read-network.js';

/** As the standard says of operator sets 1 to 6, which onnxruntime has no kernels for. */
const OLD: readonly (readonly [node: NodeProto, output: readonly number[]])[] = [
  [old('Add', ['x', 'k'], { name: 'axis', type: AttributeType.int, i: 1 }), [3, 4, 5]],
  [old('Mul', ['x', 'k'], { name: 'axis', type: AttributeType.int, i: -3 }), [3, 4, 5]],
  [old('Concat', ['x', 'x']), [6, 4, 5]],
  [
    old('Pad', ['x'], { name: 'paddings', type: AttributeType.ints, ints: [0, 0, 1, 2, 0, 0, 3, 0] }),
    [3, 8, 7],
  ],
  [
    old(
      'Upsample',
      ['x'],
      { name: 'height_scale', type: AttributeType.float, f: 2 },
      { name: 'width_scale', type: AttributeType.float, f: 3 },
    ),
    [3, 8, 15],
  ],
  [
    old('Cast', ['x'], { name: 'to', type: AttributeType.string, s: new TextEncoder().encode('DOUBLE') }),
    [3, 4, 5],
  ],
];

function old(opType: string, input: string[], ...attribute: AttributeProto[]): NodeProto {
  return { opType, input, output: ['y'], attribute };
}

for (const [node, output] of OLD) {
  test(`${node.opType} of an old operator set has its shape`, async () => {
    const { network } = await readNetwork(oldModel(node));
    assert.deepEqual(network.shape('y'), output);
  });
}

test('arithmetic along an axis of which its constant is none is refused', async () => {
  const node = old('Add', ['x', 'k'], { name: 'axis', type: AttributeType.int, i: 2 });
  await assert.rejects(readNetwork(oldModel(node)), /\[3\] does not lie along axis 2 of \[1, 3, 4, 5\]/);
});

function oldModel(node: NodeProto): Uint8Array {
  const dim = [1, 3, 4, 5].map((dimValue) => ({ dimValue }));
  return encodeModel({
    irVersion: 3,
    producerName: '',
    producerVersion: '',
    opsetImport: [{ domain: '', version: node.opType === 'Mul' ? 6 : 1 }],
    graph: {
      name: 'g',
      node: [node],
      initializer: [{ name: 'k', dims: [3], dataType: 1, rawData: new Uint8Array(12) }],
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim } } } }],
      output: [{ name: 'y' }],
    },
    metadataProps: [],
  });
}
