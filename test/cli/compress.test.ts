import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as ort from '../../src/base/onnxruntime.js';
import { encodeModel } from '../../src/onnx/proto.js';
import { layerFeeds, layerModel } from '../compress/models.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

const CLI = fileURLToPath(new URL('../../../scripts/tempograph.mjs', import.meta.url));
const SPEC = { operator: 'LSTM', direction: 'bidirectional', whole: false } as const;

/** The fewer bytes a model has the worse it is; every second call fails. */
const EVALUATOR = `
import { appendFileSync, readFileSync, statSync } from 'node:fs';
appendFileSync('calls', 'x');
if (readFileSync('calls', 'utf8').length % 2 === 1) { console.error('out of luck'); process.exit(3); }
console.log(JSON.stringify({ accuracy: statSync(process.argv[2]).size / 1000 }));
`;

it('stops at once while a runner measures, and goes on with --resume', {
  skip: process.platform === 'win32' && 'its runner is a shell script',
}, async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'model.onnx'), encodeModel(layerModel(SPEC)));
  const begun = join(folder, 'begun');
  const slow = `echo x >> begun; test $(wc -l < begun) -lt 4 || sleep 90; echo '{"latency_ms": 1}'`;
  writeFileSync(join(folder, 'runner.sh'), slow);
  const args = ['compress', '--onnx', 'model.onnx', '--out', 'smaller.onnx', '--shape', 'steps=5'];
  const measuring = [
    '--measure',
    'sh runner.sh',
    '--max-latency',
    '2',
    '--budget',
    '3',
    '--strategy',
    'random',
  ];
  writeFileSync(join(folder, 'evaluate.sh'), `echo '{"accuracy": 5}'`);
  const evaluator = ['--evaluator', 'sh evaluate.sh {model}'];
  const all = [...args, ...measuring, ...evaluator];
  const { child, result } = startCommand(all, { cwd: folder });
  const calls = () => (existsSync(begun) ? readFileSync(begun, 'utf8').length / 2 : 0);
  while (calls() < 4 && child.exitCode === null) await sleep(20);
  const stoppedAt = performance.now();
  child.kill('SIGINT');
  const { code, err } = await result;
  assert.equal(code, 130, err);
  assert.match(err, /interrupted; continue with --resume\n$/);
  assert.ok(performance.now() - stoppedAt < 30_000);
  assert.ok(!existsSync(join(folder, 'smaller.onnx')));
  writeFileSync(join(folder, 'runner.sh'), `echo '{"latency_ms": 1}'`);
  const resumed = await startCommand([...all, '--resume'], { cwd: folder }).result;
  assert.equal(resumed.code, 0, resumed.err);
  assert.ok(existsSync(join(folder, 'smaller.onnx')));
});

it('writes a smaller model that runs, goes on with a log, and says what is wrong', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'model.onnx'), encodeModel(layerModel(SPEC)));
  writeFileSync(join(folder, 'evaluate.mjs'), EVALUATOR);
  const compress = async (...args: string[]) => {
    const given = [
      CLI,
      'compress',
      '--onnx',
      'model.onnx',
      '--out',
      'smaller.onnx',
      '--shape',
      'steps=5',
      ...args,
    ];
    const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: folder });
    return stdout;
  };
  const evaluator = ['--evaluator', `"${process.execPath}" evaluate.mjs {model}`];
  const run = [...evaluator, '--strategy', 'random', '--budget', '3', '--max-params', '0.6', '--json'];
  const report = JSON.parse(await compress(...run));
  assert.equal(report.evaluated, 3);
  assert.ok(report.parameters <= 0.6 && report.accuracy < report.denseAccuracy);
  assert.ok(report.differenceFromProducts < 1e-5);
  assert.deepEqual(
    report.matrices.map(({ name }: { name: string }) => name),
    ['W', 'R[forward]', 'R[reverse]'],
  );
  const session = await ort.InferenceSession.create(join(folder, 'smaller.onnx'));
  const { steps } = await session.run(layerFeeds(SPEC));
  assert.deepEqual(steps.dims, [5, 2, 3, 20]);

  await assert.rejects(compress(...run), /there is a run already; continue it with --resume/);
  assert.deepEqual(JSON.parse(await compress(...run, '--resume')), report);
  await assert.rejects(
    compress('--evaluator', 'true', '--max-params', '0.5'),
    /--evaluator: "true" is not a command with \{model\} in it/,
  );
  writeFileSync(join(folder, 'model.onnx'), 'no model');
  await assert.rejects(compress(...run), /model\.onnx: it is not a readable ONNX file/);
});

it('retrains the network that ships, with a card, and says what retraining is not for', async () => {
  const folder = temporaryFolder();
  const compress = (...args: string[]) =>
    startCommand(['compress', '--out', 'small.onnx', ...args], { cwd: folder }).result;
  const refusals: [args: string, message: RegExp][] = [
    ['', /say what to compress: --onnx with an --evaluator, or --model g2p/],
    ['--model g2p --onnx model.onnx', /'--model <name>' cannot be used with option '--onnx <file>'/],
    ['--onnx model.onnx --evaluator true --retrain 1', /--retrain: only --model g2p can be retrained/],
    ['--model g2p --max-params 0.5 --repeat 2', /--repeat: there is nothing to repeat without --retrain/],
    ['--model g2p --retrain 1', /--max-params: say what share of the parameters may be left/],
    ['--model g2p --retrain 1 --max-loss 1', /'--retrain <epochs>' cannot be used with option '--max-loss/],
  ];
  for (const [args, message] of refusals) {
    const { code, err } = await compress(...args.split(' ').filter(Boolean));
    assert.notEqual(code, 0);
    assert.match(err, message);
  }
  const search = ['--model', 'g2p', '--max-params', '0.5', '--strategy', 'random', '--budget', '2'];
  const { code, err } = await compress(...search, '--retrain', '0.002');
  assert.equal(code, 0, err);
  const card = JSON.parse(readFileSync(join(folder, 'small.card.json'), 'utf8'));
  const [round] = card.rounds;
  assert.equal(card.rounds.length, 1);
  assert.ok(round.parameters <= 0.5 && card.parameters === Math.round(round.parameters * 387_991));
  assert.equal(round.training.epochs, 0.002);
  // Random ranks, and two steps: hardly a word is said rightly.
  assert.ok(card.denseScores.test.wordErrorPercent < round.scores.test.wordErrorPercent);
  const session = await ort.InferenceSession.create(join(folder, 'small.onnx'));
  const letters = new ort.Tensor('float32', new Float32Array(12).fill(1), [1, 12]);
  assert.deepEqual((await session.run({ letters })).phonemes.dims, [1, 13]);
});
