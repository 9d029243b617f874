import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../../../src/base/errors.js';
import { packageRoot } from '../../../src/base/package-root.js';
import { readTensorGraph } from '../../../src/onnx/read/read-tensor-graph.js';
import { NetworkWriter } from '../../../src/onnx/write/network-writer.js';
import { loadKernels } from '../../../src/predictors/kernels/saved.js';
import { SpaceKernels } from '../../../src/predictors/kernels/space-kernels.js';
import { poolOfSpace } from '../../../src/search/pool.js';
import { declaredSpace } from '../../../src/spaces/declared/declared-space.js';
import type { SpaceFile } from '../../../src/spaces/declared/space-file.js';
import { readSpaceFile } from '../../../src/spaces/declared/space-files.js';
import { temporaryFolder } from '../../temporary-folder.js';

const FILE: SpaceFile = {
  format: 'tempograph-space/1',
  name: 'convolutions',
  description: 'A convolution',
  slots: [{ name: 'channels', options: ['16', '64', '7'] }],
  program: '',
};

/** A space whose program prints the path of a network for 16 and for 64 channels, and fails for 7. */
function written() {
  const folder = temporaryFolder();
  for (const channels of [16, 64]) {
    const net = new NetworkWriter(1, 'none');
    net.output(net.convolution(net.input([1, 16, 32, 32]), channels, { kernel: 3 }));
    writeFileSync(join(folder, `${channels}.onnx`), net.model());
  }
  const script = join(folder, 'write.mjs');
  writeFileSync(
    script,
    `if (process.argv[2] === '7') { console.error('no seven'); process.exit(3); }
     console.log('written'); console.log(${JSON.stringify(folder)} + '/' + process.argv[2] + '.onnx');`,
  );
  const file = join(folder, 'space.json');
  writeFileSync(file, JSON.stringify({ ...FILE, program: `node '${script}' {arch}` }));
  return { space: readSpaceFile(file), folder };
}

test('networks that a program writes are predicted as their files are', async () => {
  const { space, folder } = written();
  const kernels = await loadKernels(join(packageRoot, 'models', 'cpu'));
  const predicted = await new SpaceKernels(kernels, space).predict(['16', '64'].map(space.parse));
  for (const [i, channels] of ['16', '64'].entries()) {
    const graph = await readTensorGraph(readFileSync(join(folder, `${channels}.onnx`)));
    assert.equal(predicted[i], kernels.predict(graph).latencyMs);
  }
  assert.ok(predicted[1] > predicted[0]);
});

test('a program that fails is named with its architecture and what it said', async () => {
  const { space } = written();
  const kernels = await loadKernels(join(packageRoot, 'models', 'cpu'));
  await assert.rejects(
    new SpaceKernels(kernels, space).predict([space.parse('7')]),
    (error) => error instanceof InputError && /network of 7: exit code 3: no seven/.test(error.message),
  );
});

test('what a card or a request declares runs no program', () => {
  const space = declaredSpace({ ...FILE, program: 'touch /tmp/never {arch}' });
  assert.equal(space.model, undefined);
  assert.throws(() => space.toNetwork(space.parse('16')), /leaves its networks to a program/);
});

test('of a large space a search has few networks written', () => {
  const slots = Array.from({ length: 12 }, (_, i) => ({ name: `s${i}`, options: ['a', 'b', 'c'] }));
  const space = declaredSpace({ ...FILE, slots });
  const sample = poolOfSpace(Object.assign(space, { model: async () => new Uint8Array() }), 1);
  assert.ok(sample.size > 900 && sample.size <= 1000);
});
