import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { analyticDevice } from '../../src/devices/catalogue.js';
import { totalCost } from '../../src/network/cost.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';

function breakdown(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = join(packageRoot, 'scripts/tempograph.mjs');
  return spawnSync(process.execPath, [script, 'breakdown', ...args], { encoding: 'utf8' });
}

function costOf(network: Parameters<typeof totalCost>[0]): { macs: number; parameters: number } {
  const { macs, parameters } = totalCost(network);
  return { macs, parameters };
}

describe('breakdown', () => {
  it('shows every stage of the binary network with its cycles', () => {
    const { status, stdout } = breakdown('--device', 'bcnn:virtex7_690t', '--network', 'binary_cifar10');
    assert.equal(status, 0);
    assert.match(stdout, /conv6 +│ \d+ +│ \d+ +│ 12288 +│ compute +│ .*unfolding 1536, pixels 8/);
    assert.match(stdout, /bcnn:virtex7_690t: 1\.115 ms, a result every 0\.1365 ms/);
    assert.match(stdout, /^616,\d{3},\d{3} multiply-accumulates, 14,0\d{2},\d{3} parameters$/m);
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
    const { macs, parameters, notes, ...report } = JSON.parse(stdout);
    assert.deepEqual(report, analyticDevice('fnas:zcu102').latency(network));
    assert.deepEqual({ macs, parameters, notes }, { ...costOf(network), notes: [] });
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
      [['--device', 'fnas:zcu102', join(packageRoot, 'LICENSE')], /LICENSE: this is not an ONNX model/],
      [['--device', 'fnas:zcu102', join(packageRoot, 'docs')], /docs: is a folder; name the files in it/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = breakdown(...args);
      assert.equal(status, 1);
      assert.match(stderr, message);
    }
  });
});
