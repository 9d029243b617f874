import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { tensorOf } from '../../../src/onnx/read/tensor-graph.js';
import { tensorDims } from './tensor-dims.js';

/** The ONNX project's own tests of operators, each a model with inputs and outputs: Debian's libonnx-testdata. */
const FOLDER = '/usr/share/libonnx-testdata/data';

test('at least 95 % of the one-node models of ONNX have the shapes of their recorded outputs', {
  skip: !existsSync(FOLDER) && 'no libonnx-testdata',
}, async () => {
  const wrong: string[] = [];
  let models = 0;
  for (const kind of readdirSync(FOLDER)) {
    for (const name of readdirSync(`${FOLDER}/${kind}`)) {
      const folder = `${FOLDER}/${kind}/${name}`;
      if (!existsSync(`${folder}/model.onnx`)) continue;
      models++;
      const problem = await compared(folder).catch((error: Error) => error.message);
      if (problem) wrong.push(`${name}: ${problem}`);
    }
  }
  assert.ok(models > 1000, `${models} models`);
  assert.ok(wrong.length <= 0.05 * models, `${wrong.length} of ${models}:\n${wrong.join('\n')}`);
});

/** What is wrong with the shapes that are read, if anything. */
async function compared(folder: string): Promise<string | undefined> {
  const graph = await readTensorGraph(await readFile(`${folder}/model.onnx`));
  for (const [i, name] of graph.outputs.entries()) {
    const recorded = `${folder}/test_data_set_0/output_${i}.pb`;
    if (!existsSync(recorded)) continue;
    const ran = tensorDims(await readFile(recorded));
    const read = tensorOf(graph, name).shape;
    if (read.join() !== ran.join()) return `${name} is read as [${read}] and was [${ran}]`;
  }
  return undefined;
}
