import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as ort from '../../../src/base/onnxruntime.js';
import { strippedGraph } from '../../../src/datasets/networks/graphs.js';
import { randomFeeds } from '../../../src/measure/feeds.js';
import { families } from '../../../src/onnx/generate/families/registry.js';
import {
  familyNetworks,
  generatedNetwork,
  generatedPath,
} from '../../../src/onnx/generate/generated-networks.js';
import { STANDARD_PROBES, standardProbes } from '../../../src/onnx/generate/probes/standard.js';

/** Runs a model once: the shapes of its outputs as its file says them, and as onnxruntime finds them. */
async function ran(model: Uint8Array) {
  const session = await ort.openSession(model, 1);
  const outputs = await session.run(randomFeeds(session));
  await session.release();
  return session.outputMetadata.map((said) => ({
    said: said.isTensor ? said.shape : [],
    found: [...outputs[said.name].dims],
    finite: [...(outputs[said.name].data as Float32Array)].every(Number.isFinite),
  }));
}

test('a network of each family runs, with the shapes that its file says', async () => {
  assert.equal(families.length, 22);
  for (const network of familyNetworks(1)) {
    for (const { said, found, finite } of await ran(network.model())) {
      assert.deepEqual(found, said, network.name);
      assert.ok(finite, network.name);
    }
  }
});

test('probes of every layout run, with the shapes that their files say', async () => {
  for (const probe of standardProbes().filter((_, i) => i % 10 === 3)) {
    for (const { said, found, finite } of await ran(probe.model())) {
      assert.deepEqual(found, said, probe.name);
      assert.ok(finite, probe.name);
    }
  }
});

test('a generated network is found by its path, and its graph is its file without weights', () => {
  for (const network of [...familyNetworks(2), ...standardProbes().slice(0, 12)].filter(
    (_, i) => i % 5 === 1,
  )) {
    const path = generatedPath(network);
    const again = generatedNetwork(`some/where/${path}`);
    assert.equal(
      strippedGraph(again?.model('none') as Uint8Array).sha256,
      strippedGraph(network.model()).sha256,
      path,
    );
  }
  for (const none of ['resnet/my.onnx', 'mine/resnet_1.onnx', 'probes/other_3.onnx', 'resnet_1.onnx'])
    assert.equal(generatedNetwork(none), undefined, none);
});

test('no two networks of a family are the same', () => {
  const digests = familyNetworks(3).map((network) => strippedGraph(network.model('none')).sha256);
  assert.equal(new Set(digests).size, digests.length);
});

/**
 * Datasets are measured with one version of the probes: where this digest changes, `STANDARD_PROBES` needs a new
 * number, and what was measured with the old one still belongs to it.
 */
const DIGESTS: Readonly<Record<string, string>> = {
  'standard/1': '9b5b2708bdb86c408607a85df6aafc86f7d4d29cb4668270bd14cbbf854ce17b',
};

test('the probes are at most 150, and the same as ever in each version', () => {
  const probes = standardProbes();
  assert.ok(probes.length <= 150);
  const hash = createHash('sha256');
  for (const probe of probes) hash.update(probe.model('none'));
  assert.equal(hash.digest('hex'), DIGESTS[STANDARD_PROBES]);
});
