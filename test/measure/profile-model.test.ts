import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimeNode } from '../../src/measure/network-profile.js';
import { profileModel } from '../../src/measure/profile-model.js';
import { bert } from '../../src/onnx/generate/families/bert.js';
import { Draw } from '../../src/onnx/generate/families/draw.js';
import { resnet } from '../../src/onnx/generate/families/resnet.js';
import { rnn } from '../../src/onnx/generate/families/rnn.js';
import { tcn } from '../../src/onnx/generate/families/tcn.js';
import { unet } from '../../src/onnx/generate/families/unet.js';
import { NetworkWriter } from '../../src/onnx/write/network-writer.js';
import { kernelOf } from '../../src/runtimes/kernel-of.js';

test('the kernels that were profiled do the work that the network asks for, and each takes time', async () => {
  const networks = [
    [bert, 'a'],
    [tcn, 'a'],
    [rnn, 'b'],
    [rnn, 'd'],
    [unet, 'a'],
    [resnet, 'a'],
  ] as const;
  for (const [family, draw] of networks) {
    const net = new NetworkWriter(1);
    family.write(net, new Draw(draw));
    const { nodes } = await profileModel(net.model(), 1, {});
    const kernels = nodes.map((node) => kernelOf(runtimeNode(node)));
    const macs = kernels.reduce((sum, kernel) => sum + kernel.macs, 0);
    // Convolutions over blocks of 16 channels fill the last block up.
    if (family === unet || family === resnet)
      assert.ok(macs >= net.macs && macs < 1.3 * net.macs, family.name);
    else assert.equal(macs, net.macs, family.name);
    for (const { us, operator } of nodes) assert.ok(us > 0 || operator === 'Reshape', operator);
  }
});
