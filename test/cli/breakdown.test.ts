import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

function breakdown(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(packageRoot, 'scripts/tempograph.mjs');
  return spawnSync(process.execPath, [script, 'breakdown', ...args], { encoding: 'utf8' });
}

describe('breakdown', () => {
  it('shows every stage of the binary network with its cycles', () => {
    const { status, stdout } = breakdown('--device', 'bcnn:virtex7_690t', '--network', 'binary_cifar10');
    assert.equal(status, 0);
    assert.match(stdout, /conv6 +│ \d+ +│ \d+ +│ 12288 +│ compute +│ .*unfolding 1536, pixels 8/);
    assert.match(stdout, /bcnn:virtex7_690t: 1\.115 ms, a result every 0\.1365 ms/);
  });

  it('keeps the longest layers in the order in which they start', () => {
    const { stdout } = breakdown('--device', 'overlay:arria10_1150', '--network', 'googlenet', '--top', '2');
    const rows = stdout.split('\n').filter((line) => / compute | memory /.test(line));
    assert.deepEqual(
      rows.map((row) => row.split('│')[1].trim()),
      ['conv1', 'conv2'],
    );
  });

  it("prints a device's own report for a cell", () => {
    const { stdout } = breakdown('--device', 'fnas:zcu102', '--json', nasbench201.example);
    const network = nasbench201.toNetwork(nasbench201.prune(nasbench201.parse(nasbench201.example)));
    assert.deepEqual(JSON.parse(stdout), analyticDevice('fnas:zcu102').latency(network));
  });

  it('says what is missing, and what does not fit', () => {
    const cases: [string[], RegExp][] = [
      [['--device', 'fnas:zcu102'], /name either an \.onnx file, an architecture or a --network/],
      [
        ['--device', 'fnas:zcu102', '--network', 'vgg'],
        /no published network named "vgg"; near it are vgg11/,
      ],
      [
        ['--device', 'bcnn:pynq_z1', '--network', 'googlenet'],
        /does not fit bcnn:pynq_z1: it needs at least/,
      ],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = breakdown(...args);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
  });
});
