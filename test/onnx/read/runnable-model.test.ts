import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as ort from '../../../src/base/onnxruntime.js';
import { randomFeeds } from '../../../src/measure/feeds.js';
import { DataType, decodeModel, encodeModel } from '../../../src/onnx/proto.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { runnableModel } from '../../../src/onnx/read/runnable-model.js';
import { tensorOf } from '../../../src/onnx/read/tensor-graph.js';
import { withoutWeights } from '../../../src/onnx/without-weights.js';
import { GraphBuilder } from '../../../src/onnx/write/graph-builder.js';
import { NetworkWriter } from '../../../src/onnx/write/network-writer.js';
import { temporaryFolder } from '../../temporary-folder.js';

async function outputShape(model: Uint8Array): Promise<readonly number[]> {
  const session = await ort.openSession(model, 1);
  const [output] = Object.values(await session.run(randomFeeds(session)));
  await session.release();
  return output.dims;
}

/** A pooled convolution of images of any size. */
function dynamicImages(): Uint8Array {
  const g = new GraphBuilder('images');
  g.input('images', DataType.float, ['batch', 3, 'height', 'width']);
  const weight = g.floats(new Float32Array(4 * 3 * 9).fill(0.1), [4, 3, 3, 3], 'w');
  g.output(g.node('Conv', ['images', weight]), DataType.float, ['batch', 4, 'h', 'w'], 'y');
  return g.model({ producerVersion: '1' });
}

test('dynamic inputs run at the sizes that were asked for, else at usual ones, which are said', async () => {
  const file = join(temporaryFolder(), 'net.onnx');
  writeFileSync(file, dynamicImages());
  const usual = runnableModel(file);
  assert.deepEqual(await outputShape(usual.model), [1, 4, 222, 222]);
  assert.match(usual.notes.join(), /input "images" has dynamic sizes: batch = 1, height = 224, width = 224/);
  const asked = runnableModel(file, new Map([['images', [2, 3, 32, 16]]]));
  assert.deepEqual([await outputShape(asked.model), asked.notes], [[2, 4, 30, 14], []]);
  assert.throws(() => runnableModel(file, new Map([['image', 3]])), /net\.onnx: no input .* named "image"/);
});

test('a file with fixed inputs and its weights inside is measured byte by byte', () => {
  const file = join(temporaryFolder(), 'net.onnx');
  const net = new NetworkWriter(1);
  net.output(net.linear(net.input([1, 8]), 16));
  writeFileSync(file, net.model());
  assert.deepEqual(Buffer.from(runnableModel(file).model), Buffer.from(net.model()));
  writeFileSync(file, withoutWeights(net.model()));
  assert.throws(
    () => runnableModel(file),
    /net\.onnx: the values of its weights are left out, "linear_0\.weight"/,
  );
  writeFileSync(file, 'no model');
  assert.throws(() => runnableModel(file), /net\.onnx: it is not a readable ONNX file/);
});

test('weights in a file beside the model come into it', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'net.onnx');
  const model = decodeModel(dynamicImages());
  const [weight] = model.graph.initializer;
  writeFileSync(join(folder, 'net.data'), Buffer.concat([Buffer.alloc(8), weight.rawData as Uint8Array]));
  const place = { location: 'net.data', offset: '8', length: String(weight.rawData?.length) };
  weight.externalData = Object.entries(place).map(([key, value]) => ({ key, value }));
  weight.dataLocation = 1;
  weight.rawData = undefined;
  writeFileSync(file, encodeModel(model));
  assert.deepEqual(await outputShape(runnableModel(file).model), [1, 4, 222, 222]);
  writeFileSync(join(folder, 'net.data'), 'short');
  assert.throws(() => runnableModel(file), /net\.onnx: external data of "w": "net\.data" is cut short/);
});

test('the value of a scalar input decides a branch, read and run alike', async () => {
  const branch = (name: string, operator: string, inputs: readonly string[]) => {
    const g = new GraphBuilder(name);
    g.output(g.node(operator, inputs, operator === 'Concat' ? { axis: 0 } : {}), DataType.float, ['n', 3]);
    return g.graph();
  };
  const g = new GraphBuilder('outer');
  const [x, rate] = [g.input('x', DataType.float, [1, 3]), g.input('rate', DataType.int64, [])];
  const isTwo = g.node('Equal', [rate, g.ints([2], [])]);
  const then_branch = branch('then', 'Concat', [x, x]);
  const else_branch = branch('else', 'Relu', [x]);
  g.output(g.node('If', [isTwo], { then_branch, else_branch }), DataType.float, ['n', 3], 'y');
  const file = join(temporaryFolder(), 'net.onnx');
  const bytes = g.model({ producerVersion: '1' });
  writeFileSync(file, bytes);
  await assert.rejects(readTensorGraph(bytes), /\(If\) is control flow.* is given: rate=1/);
  for (const [value, shape] of [
    [2, [2, 3]],
    [1, [1, 3]],
  ] as const) {
    const sizes = new Map([['rate', value]]);
    const graph = await readTensorGraph(bytes, { sizes });
    assert.deepEqual([graph.inputs, tensorOf(graph, 'y').shape], [['x'], shape]);
    assert.deepEqual(await outputShape(runnableModel(file, sizes).model), shape);
  }
});
