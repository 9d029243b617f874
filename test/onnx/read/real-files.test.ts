import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { tensorOf } from '../../../src/onnx/read/tensor-graph.js';
import { needsShared, sharedData } from '../../shared-data.js';
import { runtimeShapes } from './runtime-shapes.js';

/** Files that are not read, and what is said of them. */
const REFUSED = new Map([
  [
    'silero_vad.onnx',
    /node "If_0" \(If\) is control flow, which is not read, unless its condition is a constant or follows from the value of an input that is given: sr=1/,
  ],
  ['qonnx_jettagging.onnx', /"Quant" of the domain "finn.custom_op.general", of which the file imports no/],
  ['qonnx_tfc_2w2a.onnx', /"Quant" of the domain "onnx.brevitas", of which the file imports no/],
]);
/** Of operator set 4, in which onnxruntime has no `Add`. */
const NOT_RUN = 'vespa_mnist_softmax.onnx';
/** Of audio networks, whose sizes are fixed in them or in what comes before. */
const SIZES = new Map([['silero_vad_16k_op15.onnx', new Map([['input', [1, 512]]])]]);

const folder = sharedData('onnx');
const files = folder ? readdirSync(folder).filter((file) => file.endsWith('.onnx')) : [];

test('a branch that a scalar input decides is read once its value is given', {
  skip: needsShared('onnx'),
}, async () => {
  const sizes = new Map<string, number | number[]>([
    ['input', [1, 512]],
    ['state', [2, 1, 128]],
    ['sr', 16_000],
  ]);
  const graph = await readTensorGraph(await readFile(`${folder}/silero_vad.onnx`), { sizes });
  assert.deepEqual(graph.inputs, ['input', 'state']);
  // By the network's description: a probability of speech, and the state for the next call.
  assert.deepEqual(
    graph.outputs.map((name) => tensorOf(graph, name).shape),
    [
      [1, 1],
      [2, 1, 128],
    ],
  );
});

test('the real files are there', { skip: needsShared('onnx') }, () => assert.equal(files.length, 40));

for (const file of files) {
  const reason = REFUSED.get(file);
  test(
    reason ? `${file} is refused by name` : `${file}: every tensor has the shape that it has in a run`,
    async () => {
      const bytes = await readFile(`${folder}/${file}`);
      const reading = readTensorGraph(bytes, { sizes: SIZES.get(file) });
      if (reason) {
        await assert.rejects(reading, (error) => error instanceof InputError && reason.test(error.message));
        return;
      }
      const graph = await reading;
      if (file === NOT_RUN) {
        assert.deepEqual(tensorOf(graph, graph.outputs[0]).shape, [1, 10]);
        return;
      }
      const inputs = new Map(graph.inputs.map((name) => [name, tensorOf(graph, name).shape]));
      const run = await runtimeShapes(bytes, inputs);
      const read = [...graph.tensors.values()].filter(({ name }) => run.has(name));
      assert.deepEqual(
        read.map(({ name, shape }) => [name, shape]),
        read.map(({ name }) => [name, run.get(name)]),
      );
      // Branches that are taken and functions have tensors of their own.
      assert.ok(read.length > 0);
    },
  );
}
