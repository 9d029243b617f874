import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { publishedNetwork } from '../../src/network/zoo/index.js';
import { networkModel } from '../../src/onnx/write/network-model.js';
import { smallModel } from '../onnx/read/small-model.js';
import { temporaryFile } from '../temporary-folder.js';

function tempograph(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(packageRoot, 'scripts/tempograph.mjs');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
}

describe('published networks on the command line', () => {
  it('are listed by family', () => {
    const { stdout } = tempograph('networks', '--family', 'wide');
    assert.match(stdout, /wide_resnet50_2 +│ Wide ResNet +│ 224 +│ 68\.88 +│ 11\.43/);
    assert.match(stdout, /2 networks in 1 families/);
  });

  it('are predicted on a device, beside what was measured', () => {
    const { status, stdout } = tempograph('predict', '--device', 'rtx4090', '--network', 'resnet50');
    assert.equal(status, 0);
    assert.match(stdout, /resnet50, 224 × 224, batch 256, on rtx4090/);
    // timm's table.
    assert.match(stdout, /measured by timm: 31\.07 ms/);
    assert.match(stdout, /Conv\.spatial/);
    const answer = JSON.parse(
      tempograph('predict', '--device', 'i7_12700h', '--network', 'vgg16', '--batch', '2', '--json').stdout,
    );
    assert.equal(answer.batch, 2);
    assert.match(answer.unfamiliar.join(), /batch 2/);
    assert.equal(answer.measuredMs, undefined);
  });

  it('are predicted from their ONNX files as by their names', () => {
    const file = temporaryFile(
      'resnet18.onnx',
      networkModel(publishedNetwork('resnet18'), { seed: 1, batch: 1 }),
    );
    const device = ['--device', 'i7_12700h', '--json'];
    const byName = JSON.parse(tempograph('predict', '--network', 'resnet18', ...device).stdout);
    const { predictions } = JSON.parse(tempograph('predict', file, ...device).stdout);
    assert.ok(Math.abs(predictions[0].latencyMs / byName.latencyMs - 1) < 1e-9);
    assert.deepEqual(predictions[0].unfamiliar, []);
  });

  it('says of files which operators there is no kernel for, and that their products are not in the time', () => {
    const model = smallModel({
      nodes: [['Conv x,w → y']],
      inputs: { x: [1, 3, 16] },
      weights: { w: [4, 3, 3] },
      outputs: ['y'],
    });
    const file = temporaryFile('conv1d.onnx', model);
    const { stdout } = tempograph('predict', '--device', 'rtx4090', file);
    assert.match(stdout, /extrapolated: Conv: 1 operators.* 100 % of all: the time is too low/);
    assert.match(stdout, /^at least [\d.e-]+ ms$/m);
    assert.doesNotMatch(stdout, /90 % lie/);
    const { stderr } = tempograph('predict', '--device', 'fnas:zcu102', file);
    assert.match(stderr, /`tempograph breakdown --device fnas:zcu102 .*conv1d.onnx`/);
  });

  it('one bad file of several is named, and the others are answered', () => {
    const model = smallModel({ nodes: [['Relu x → y']], inputs: { x: [1, 3, 16] }, outputs: ['y'] });
    const good = temporaryFile('good.onnx', model);
    const bad = temporaryFile('bad.onnx', 'no model');
    for (const device of ['cpu', 'rtx4090']) {
      const { stdout, stderr, status } = tempograph('predict', '--device', device, '--json', bad, good);
      const [first, second] = JSON.parse(stdout).predictions;
      assert.match(first.error, /bad\.onnx/);
      assert.ok(second.latencyMs > 0);
      assert.match(stderr, /bad\.onnx/);
      assert.equal(status, 1);
    }
    const { stdout } = tempograph('predict', '--device', 'cpu', '--csv', bad, good);
    assert.match(stdout, /^onnx,latencyMs,lowMs,highMs,unfamiliar,error$/m);
  });

  it('are searched for the most accurate under a limit', () => {
    const front = JSON.parse(
      tempograph('networks', '--device', 'rtx4090', '--max-latency', '0.1', '--json').stdout,
    ) as { top1: number; highMsPerImage: number }[];
    assert.ok(front.length > 3);
    assert.ok(front.every(({ highMsPerImage }) => highMsPerImage <= 0.1));
  });

  it('are refused where options do not go together', () => {
    assert.match(tempograph('predict', '--network', 'resnet50').stderr, /name a --device/);
    assert.match(
      tempograph('predict', '--device', 'pixel3', '--batch', '2', 'x').stderr,
      /needs a --network/,
    );
    assert.match(
      tempograph('predict', '--device', 'pixel3', '--network', 'resnet50').stderr,
      /rtx3090, rtx4090/,
    );
    assert.match(tempograph('networks', '--max-latency', '3').stderr, /needs a --device/);
  });
});
