import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

const folder = temporaryFolder();
const start = (...args: string[]) => startCommand(args, { cwd: folder });
const SMALL = ['--data', 'fashion-mnist-600', '--channels', '2', '3', '4', '--batch-size', '32'];
const CHAIN = 'k3_e1/skip/k3_e1/skip/skip/k3_e1/skip/k5_e3';

test('a supernet that was killed ends with --resume as one that was not, and judges a search', async () => {
  const train = (out: string, ...more: string[]) =>
    start('one-shot', ...SMALL, '--epochs', '30', '--out', out, ...more);
  const { child, result } = train('killed');
  while (!existsSync(join(folder, 'killed/checkpoint'))) await sleep(5);
  child.kill('SIGKILL');
  await result;
  assert.ok(!existsSync(join(folder, 'killed/one-shot.json')));
  const refused = await train('killed').result;
  assert.equal(refused.code, 1);
  assert.match(refused.err, /killed\/checkpoint: a training was cut off; continue it with --resume/);
  const resumed = await train('killed', '--resume').result;
  assert.equal(resumed.code, 0, resumed.err);
  assert.match(resumed.out, /30 epochs of 320 images, loss \d/);
  const whole = await train('whole').result;
  assert.equal(whole.code, 0, whole.err);
  const [weights, expected] = ['killed', 'whole'].map((out) =>
    readFileSync(join(folder, out, 'weights.f32')),
  );
  assert.ok(weights.equals(expected));
  assert.match((await train('whole').result).err, /there is a trained supernet already/);

  const search = (...args: string[]) =>
    start('search', '--one-shot', 'whole', '--budget', '4', ...args).result;
  const found = await search('--strategy', 'hurricane', '--log', 'run.jsonl', '--json');
  assert.equal(found.code, 0, found.err);
  const log = readFileSync(join(folder, 'run.jsonl'), 'utf8');
  assert.match(log, /"space":"chain".*"evaluator":"one-shot whole, weights [0-9a-f]{12}"/);
  assert.equal(log.match(/"accuracy":\d/g)?.length, 4);

  const alone = await start('train-alone', 'whole', CHAIN, '--epochs', '1', '--onnx', 'a.onnx', '--json')
    .result;
  assert.equal(alone.code, 0, alone.err);
  const { architecture, accuracy } = JSON.parse(alone.out);
  assert.equal(architecture, CHAIN);
  assert.ok(accuracy >= 0 && accuracy <= 100);
  assert.ok(existsSync(join(folder, 'a.onnx')));
  const misspelt = await start('train-alone', 'whole', 'k7_e1').result;
  assert.deepEqual([misspelt.code, misspelt.out], [1, '']);

  const both = await search('--evaluator', 'node train.mjs {arch}');
  assert.match(both.err, /--one-shot: goes without --accuracy, --evaluator and --codesign/);
  await writeFile(join(folder, 'whole/weights.f32'), 'x');
  assert.match((await search()).err, /weights.f32: these are not the weights/);
});

test('options of a supernet that are wrong are said before anything is trained', async () => {
  const refused = async (...args: string[]) => {
    const { code, err } = await start('one-shot', '--out', 'none', ...args).result;
    assert.equal(code, 1);
    return err;
  };
  assert.match(await refused('--data', 'nowhere'), /there are no images in .*nowhere/);
  assert.match(await refused(...SMALL, '--batch-size', '500'), /320 images to learn are too few for batches/);
  assert.match(
    await refused('--data', 'fashion-mnist-600', '--channels', '4'),
    /--channels: there are three stages/,
  );
});
