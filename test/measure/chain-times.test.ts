import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainTimes } from '../../src/measure/chain-times.js';
import { generatedNetwork, generatedPath } from '../../src/onnx/generate/generated-networks.js';
import { kernelChains, shorterChain } from '../../src/onnx/generate/probes/kernel-chains.js';
import { RUNTIMES } from '../../src/runtimes/index.js';

test('chains come in pairs of which one is twice as long, and are found by their paths', () => {
  const chains = kernelChains();
  assert.ok(chains.length <= 150);
  assert.equal(new Set(chains.map(generatedPath)).size, chains.length);
  for (let i = 0; i < chains.length; i += 2) {
    const [shorter, longer] = chains.slice(i, i + 2);
    assert.equal(longer.copies, 2 * shorter.copies);
    assert.deepEqual(shorterChain(`some/${generatedPath(longer)}`), {
      onnx: `some/${generatedPath(shorter)}`,
      copies: shorter.copies,
    });
  }
  const [{ model }] = chains;
  assert.deepEqual(generatedNetwork(generatedPath(chains[0]))?.model('none'), model('none'));
  for (const other of ['resnet/resnet_4.onnx', 'chains/gemm_1.onnx', 'chains/gemm_1_x3.onnx'])
    assert.equal(shorterChain(other), undefined);
});

test('the slope between two chains is what their kernel takes, whatever surrounds it', async () => {
  const runtimes = Object.entries(RUNTIMES).flatMap(([runtime, levels]) =>
    Object.keys(levels).map((level) => ({ runtime, level })),
  );
  for (const [i, chain] of kernelChains().entries()) {
    if (i % 6 !== 1) continue;
    const copies = chain.copies / 2;
    // A kernel of 100 µs, and 500 µs of other things.
    const times = { shorterMs: 0.5 + 0.1 * copies, longerMs: 0.5 + 0.2 * copies };
    for (const runtime of runtimes) {
      const kernels = await chainTimes(chain.model('none'), copies, times, runtime);
      const repeated = kernels.filter(({ us }) => Math.abs(us - 100) < 1e-6);
      assert.ok(repeated.length >= chain.copies - 2, `${chain.name}, ${runtime.level}: ${repeated.length}`);
      assert.equal(new Set(repeated.map(({ kernel: { kind } }) => kind)).size, 1);
    }
  }
});

test('chains of which the longer is not slower say nothing', async () => {
  const chain = kernelChains()[1];
  const times = { shorterMs: 2, longerMs: 2 };
  const runtime = { runtime: 'none', level: 'all' };
  assert.deepEqual(await chainTimes(chain.model('none'), chain.copies / 2, times, runtime), []);
});
