import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../src/base/package-root.js';
import { temporaryFolder } from './temporary-folder.js';

const run = promisify(execFile);
const example = (name: string) => join(packageRoot, 'dist', 'examples', `${name}.js`);

test('predict.ts says what the command line says', async () => {
  const cell = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|none~1|skip_connect~2|';
  const { stdout } = await run(process.execPath, [example('predict'), 'pixel3', cell]);
  assert.equal(stdout, `${cell}  8.727 ms, 6.968 to 9.030\n`);
});

test('train.ts writes a predictor that is good on what it has not seen', async () => {
  const folder = temporaryFolder();
  await symlink(join(packageRoot, 'datasets'), join(folder, 'datasets'));
  const { stdout } = await run(process.execPath, [example('train'), 'models/my_cpu'], { cwd: folder });
  const [, tested, spearman] = stdout.match(/^(\d+) networks held out: .*, Spearman (\d\.\d+)\n/) ?? [];
  assert.ok(Number(tested) > 700 && Number(spearman) > 0.98, stdout);
  assert.match(stdout, /: \d+\.\d{3} ms\n$/);
});

test('search.ts finds a network within its limit', async () => {
  const { stdout } = await run(process.execPath, [example('search')]);
  assert.match(stdout, /^[\d,]+ candidates within the limit, 20 trained\nbest: \|.*\|, \d+\.\d+ %\n/);
  const latencies = [...stdout.matchAll(/^\S*pixel3\S*: (\d+\.\d+)$/gm)].map(([, ms]) => Number(ms));
  assert.ok(latencies.length > 0 && latencies.every((ms) => ms <= 10), stdout);
});

test('own-space.ts keeps the contract of a space', async () => {
  const { stdout } = await run(process.execPath, [example('own-space')]);
  assert.match(stdout, /keeps the contract: 729 networks, 729 candidates/);
  // 3·3·3·16 weights and 16 biases for each of 16² positions, then 16·32 and 32 for 8², then 5·5·32·64 and 64 for 4².
  const macs = (27 * 16 + 16) * 256 + (16 * 32 + 32) * 64 + (25 * 32 * 64 + 64) * 16;
  const parameters = 27 * 16 + 16 + (16 * 32 + 32) + (25 * 32 * 64 + 64);
  assert.match(stdout, new RegExp(`: ${macs} multiply-accumulates, ${parameters} parameters`));
});
