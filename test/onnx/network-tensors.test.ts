import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import type { OperatorGraph } from '../../src/network/graph.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { networkTensors } from '../../src/onnx/network-tensors.js';
import { readTensorGraph } from '../../src/onnx/read/read-tensor-graph.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { lowered } from '../../src/runtimes/index.js';
import { kernelKey } from '../../src/runtimes/kernel.js';
import { spaces } from '../../src/spaces/registry.js';

/** What a runtime makes of a tensor graph, each kernel with how often it runs, at each level. */
function kernelsOf(graph: Awaited<ReturnType<typeof networkTensors>>): string[][] {
  return ['basic', 'all'].map((level) =>
    lowered(graph, { runtime: 'onnxruntime-cpu', level })
      .map(({ kernel }) => kernelKey(kernel))
      .sort(),
  );
}

/** The file of the network, read as any file, is the reference. */
async function isAsRead(network: OperatorGraph): Promise<void> {
  const read = await readTensorGraph(networkModel(network, { batch: 1, seed: 1 }));
  const made = await networkTensors(network);
  assert.deepEqual(kernelsOf(made), kernelsOf(read));
  const sizes = (graph: typeof made) => {
    const learned = new Map([...graph.tensors.values()].flatMap((tensor) => [...(tensor.learned ?? [])]));
    return [...learned.values()].reduce((sum, size) => sum + size, 0);
  };
  assert.equal(sizes(made), sizes(read));
}

for (const space of spaces) {
  test(`networks of ${space.name} have the kernels of their files`, async () => {
    const random = new Random(1);
    for (let i = 0; i < 3; i++) await isAsRead(space.toNetwork(space.sample(random)));
  });
}

test('so have published networks', async () => {
  for (const name of ['resnet50', 'convnext_tiny', 'deit_tiny_patch16_224'])
    await isAsRead(publishedNetwork(name));
});
