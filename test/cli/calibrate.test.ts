import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { Random } from '../../src/base/random.js';
import { dpuModel } from '../../src/devices/dpu/dpu.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { temporaryFolder } from '../temporary-folder.js';

let folder: string;
const truth = dpuModel.device({ clock: 200, bandwidth: 3, pass: 2, exposed: 0.3, start: 0.5 });

/** Runs the command as a user does, in a folder of its own. */
function tempograph(...args: string[]) {
  const command = join(packageRoot, 'scripts/tempograph.mjs');
  return spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: 'utf8' });
}

before(async () => {
  folder = temporaryFolder();
  const random = new Random(1);
  const rows = Array.from({ length: 40 }, () => {
    const architecture = mnasnet.sample(random);
    return `${mnasnet.format(architecture)},${truth.latency(mnasnet.toNetwork(architecture)).latencyMs}`;
  });
  await writeFile(join(folder, 'my.csv'), `arch,my_board\n${rows.join('\n')}\n`);
});

test('calibrate writes a device that predict takes', async () => {
  const data = ['--data', 'my.csv', '--space', 'mnasnet'];
  const { status, stdout, stderr } = tempograph(
    ...['calibrate', '--device', 'dpu', ...data, '--samples', '20', '--out', 'my_board.json'],
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /on 20 others: ±10 % 100\.0 %/);
  const file = JSON.parse(await readFile(join(folder, 'my_board.json'), 'utf8')) as {
    id: string;
    parameters: Record<string, number>;
  };
  assert.equal(file.id, 'dpu:my_board');
  assert.ok(Math.abs(file.parameters.clock - 200) < 2);
  const { example } = mnasnet;
  const asked = tempograph('predict', '--device', 'my_board.json', '--space', 'mnasnet', '--json', example);
  const answer = JSON.parse(asked.stdout) as { predictions: { latencyMs: number }[] };
  const { latencyMs } = truth.latency(mnasnet.toNetwork(mnasnet.parse(example)));
  assert.ok(Math.abs(answer.predictions[0].latencyMs / latencyMs - 1) < 0.01);
});

test('calibrate says which device models there are, and what is missing', () => {
  const data = ['--data', 'my.csv', '--space', 'mnasnet'];
  const unknown = tempograph('calibrate', '--device', 'npu', ...data);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /no device model "npu"; known are dpu/);
  const few = tempograph('calibrate', '--device', 'dpu', ...data, '--samples', '3');
  assert.match(few.stderr, /3 measurements can't fix 5 constants/);
});
