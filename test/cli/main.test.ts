import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { Random } from '../../src/base/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

/** Runs the command in a folder of the test's own. */
const tempograph = (args: readonly string[], stdin = '') => startCommand(args, { cwd: folder, stdin }).result;

let folder: string;
const CELL = nasbench201.example;

before(async () => {
  folder = temporaryFolder();
  const random = new Random(1);
  const cells = new Map(
    Array.from({ length: 260 }, () => nasbench201.sample(random)).map((c) => [c.join(), c]),
  );
  const rows = [...cells.values()].map(
    (cell) => `${nasbench201.format(cell)},${(1 + nasbench201.macs(cell) / 1e8).toFixed(4)}`,
  );
  await writeFile(join(folder, 'my.csv'), `arch_str,my_board\n${rows.join('\n')}\n`);
  const options = [
    '--data',
    'my.csv',
    '--device',
    'my_board',
    '--train',
    '120',
    '--valid',
    '30',
    '--epochs',
    '40',
  ];
  const { code, out, err } = await tempograph([
    'train',
    ...options,
    '--hidden',
    '8',
    '--out',
    'models/my_board',
  ]);
  assert.equal(code, 0, err);
  assert.match(out, /gcn for latency of my_board in ms, version [0-9a-f]{12}, 120 training samples/);
  assert.match(out, /on \d+ others: ±10 % \d/);
  assert.match(
    out,
    /90 % intervals from 150 held-out samples, .*: they cover \d+\.\d % of those, on average \d+\.\d % of the prediction wide/,
  );
});

test('predict --json answers as the HTTP service does', async () => {
  const { code, out } = await tempograph(['predict', '--model', 'models/my_board', '--json', CELL]);
  assert.equal(code, 0);
  const answer = JSON.parse(out) as {
    device: string;
    unit: string;
    predictions: {
      architecture: string;
      latencyMs: number;
      modelVersion: string;
      interval: { lowMs: number; highMs: number; level: number; unfamiliar: boolean };
    }[];
  };
  assert.deepEqual([answer.device, answer.unit], ['my_board', 'ms']);
  const [prediction] = answer.predictions;
  const card = JSON.parse(await readFile(join(folder, 'models/my_board/card.json'), 'utf8')) as {
    version: string;
  };
  assert.deepEqual([prediction.architecture, prediction.modelVersion], [CELL, card.version]);
  const { lowMs, highMs, level, unfamiliar } = prediction.interval;
  assert.ok(lowMs < prediction.latencyMs && prediction.latencyMs < highMs);
  assert.deepEqual([level, unfamiliar], [0.9, false]);
  // The made-up board takes 1 ms and 1 ms for every 100 million multiply-accumulates: 2.14 here.
  assert.ok(Math.abs(prediction.latencyMs - 2.14) < 0.5, `${prediction.latencyMs} ms`);
});

test('predict reads standard input and files, and reports each bad architecture beside the good ones', async () => {
  const piped = await tempograph(
    ['predict', '--models', 'models', '--device', 'my_board', '--csv'],
    `${CELL}\nnonsense\n`,
  );
  assert.equal(piped.code, 1);
  const lines = piped.out.trim().split('\n');
  assert.equal(lines.length, 3);
  assert.equal(lines[0], 'architecture,latencyMs,lowMs,highMs,unfamiliar,modelVersion,error');
  assert.match(lines[1], /^\|nor_conv_3x3~0\|.*(,\d+\.\d+){3},false,[0-9a-f]{12},$/);
  assert.match(lines[2], /^nonsense,,,,,,.*not a NAS-Bench-201 cell/);
  await writeFile(join(folder, 'cells.txt'), `${CELL}\n${CELL}\n`);
  const file = await tempograph(['predict', '--model', 'models/my_board', '--file', 'cells.txt', '--json']);
  assert.equal((JSON.parse(file.out) as { predictions: unknown[] }).predictions.length, 2);
  await writeFile(join(folder, 'ranked.csv'), `rank,arch_str\n1,${CELL}\n2,nonsense\n3,${CELL}\n`);
  const ranked = await tempograph([
    'predict',
    '--model',
    'models/my_board',
    '--file',
    'ranked.csv',
    '--json',
  ]);
  const [good, bad, again] = (JSON.parse(ranked.out) as { predictions: Record<string, unknown>[] })
    .predictions;
  assert.deepEqual([good.architecture, good], [CELL, again]);
  assert.match(String(bad.error), /^ranked\.csv, line 3, column arch_str: "nonsense" is not/);
  const nothing = await tempograph(['predict', '--model', 'models/my_board']);
  assert.match(nothing.err, /^tempograph: standard input: there is nothing in it\n$/);
});

test('an unknown device is answered with those that are known', async () => {
  const { code, err } = await tempograph(['predict', '--models', 'models', '--device', 'other', CELL]);
  assert.equal(code, 1);
  assert.match(err, /there is no predictor for "other"; devices with one: my_board/);
  assert.doesNotMatch(err, /\n\s+at /, 'no stack trace');
});

test('what cannot be written, or is no number, is said in a line', async () => {
  const unwritable = await tempograph(['export-onnx', '--arch', CELL, '--out', 'my.csv/net.onnx']);
  assert.equal(unwritable.code, 1);
  assert.match(
    unwritable.err,
    /^tempograph: my\.csv\/net\.onnx, option --out: its folder cannot be made: E[A-Z]+.*\n$/,
  );
  const empty = await tempograph(['export-onnx', '--arch', CELL, '--out', 'net.onnx', '--seed', '']);
  assert.equal(empty.code, 1);
  assert.match(empty.err, /--seed: "" is not a whole number of at least 0/);
});

test('an output that nobody reads to its end is no mistake', {
  skip: process.platform === 'win32',
}, async () => {
  const script = join(packageRoot, 'scripts/tempograph.mjs');
  const child = spawn('/bin/sh', ['-c', '"$0" "$1" devices --json | true', process.execPath, script]);
  assert.equal(await text(child.stderr), '');
});

test('devices lists what was trained', async () => {
  const { out } = await tempograph(['devices', '--models', 'models', '--json']);
  const { devices } = JSON.parse(out) as { devices: { device: string }[] };
  assert.deepEqual(
    devices.map((d) => d.device),
    ['my_board'],
  );
});

test('a folder of predictors that cannot be read is no empty one', async () => {
  const { code, err } = await tempograph(['devices', '--models', 'my.csv']);
  assert.equal(code, 1);
  assert.match(err, /ENOTDIR.*my\.csv/);
});

test('devices lists analytic devices with their parameters, as JSON and as text', async () => {
  const { out } = await tempograph(['devices', '--models', 'models', '--json']);
  const { analytic } = JSON.parse(out) as {
    analytic: { id: string; parameters: { name: string; value: number; unit: string }[] }[];
  };
  const fnas = analytic.find(({ id }) => id === 'fnas:zcu102');
  const dsp = fnas?.parameters.find(({ name }) => name === 'dsp');
  assert.deepEqual([dsp?.value, dsp?.unit], [2520, 'blocks']);
  const text = (await tempograph(['devices'])).out;
  for (const { id } of analytic) assert.ok(text.includes(id), id);
  assert.match(text, /any ONNX file .*: cpu, .*rtx4090/);
  assert.match(text, /--network resnet50`\): .*rtx4090/);
});

test('predict asks analytic devices, and says of each architecture alone that it is wrong', async () => {
  const device = 'codesign:8x16-i1024-w1024-o1024-m256-p1-s0.5';
  const { out, code } = await tempograph(['predict', '--device', device, '--json', CELL, 'nonsense']);
  assert.equal(code, 1);
  const { predictions, precision } = JSON.parse(out) as {
    predictions: { latencyMs?: number; error?: string }[];
    precision: string;
  };
  assert.equal(precision, 'int8');
  assert.ok(predictions[0].latencyMs! > 0);
  assert.match(predictions[1].error!, /is not a NAS-Bench-201 cell/);
  const other = await tempograph(['predict', '--device', 'codesign:8x17', CELL]);
  assert.match(other.err, /"8x17" is not an accelerator/);
});

test('predict says of a network that does not fit a device what it lacks, without a stack', async () => {
  const large = 'r224_k7e6-k5e4_k7e6-k7e3_k5e3-k7e6_k5e3-k3e6_k5e6-k3e4-k5e3';
  const { code, err } = await tempograph(['predict', '--device', 'bcnn:pynq_z1', '--space', 'ofa', large]);
  assert.equal(code, 1);
  assert.match(err, /does not fit bcnn:pynq_z1: it needs at least \d+ blocks of 36-Kbit RAM, there are 140/);
  assert.doesNotMatch(err, /\n\s+at /, 'no stack trace');
});

test('a space too large to go through is refused by label', async () => {
  const options = ['--space', 'fbnet', '--device', 'fnas:zcu102', '--out', 'all.csv'];
  const { code, err } = await tempograph(['label', ...options]);
  assert.equal(code, 1);
  assert.match(err, /fbnet has 984,770,902,183,611,200,000 architectures/);
});

test('evaluate --json gives mean and spread of every score, and draws the scatter plot', async () => {
  const options = [
    '--data',
    'my.csv',
    '--device',
    'my_board',
    '--train',
    '100',
    '--valid',
    '20',
    '--seeds',
    '2',
  ];
  const more = [
    '--predictors',
    'lookup',
    'mlp',
    '--epochs',
    '20',
    '--dead-ops',
    'timed',
    '--json',
    '--plot',
    'plot.svg',
  ];
  const { code, out, err } = await tempograph(['evaluate', ...options, ...more]);
  assert.equal(code, 0, err);
  const { device, results } = JSON.parse(out) as { device: string; results: Record<string, unknown>[] };
  assert.equal(device, 'my_board');
  assert.deepEqual(
    results.map(({ predictor }) => predictor),
    ['lookup', 'mlp'],
  );
  for (const result of results) {
    for (const score of ['within1', 'within5', 'within10', 'mape', 'spearman', 'kendall', 'trainSeconds']) {
      const { mean, std } = result[score] as { mean: number; std: number };
      assert.ok(Number.isFinite(mean) && std >= 0, score);
    }
  }
  // 1 ms + MACs is additive, so the table of operations is exact.
  assert.equal((results[0].within1 as { mean: number }).mean, 1);
  assert.match(await readFile(join(folder, 'plot.svg'), 'utf8'), /^<svg/);
});

test('evaluate takes shares of a small file where it is not told how many', async () => {
  const args = ['--data', 'my.csv', '--device', 'my_board', '--predictors', 'lookup', '--seeds', '1'];
  const { code, out, err } = await tempograph(['evaluate', ...args, '--json']);
  assert.equal(code, 0, err);
  const { protocol, results } = JSON.parse(out);
  assert.ok(protocol.train > 100 && protocol.train < 260 && protocol.valid > 10);
  assert.ok(results[0].testSamples > 20);
});

test('bad options are refused with what would be right', async () => {
  const cases: [string[], RegExp][] = [
    [
      ['evaluate', '--data', 'my.csv', '--device', 'my_board', '--train', 'many'],
      /--train.*"many" is not a whole number/,
    ],
    [
      ['train', '--data', 'my.csv', '--device', 'nope', '--out', 'x'],
      /there is no device "nope"; the file has my_board/,
    ],
    [['train', '--data', 'none.csv', '--device', 'a', '--out', 'x'], /none\.csv: there is no such file/],
    [
      ['train', '--data', 'my.csv', '--device', 'my_board', '--train', '900', '--out', 'x'],
      /900 training and/,
    ],
    [
      ['train', '--data', 'my.csv', '--device', 'my_board', '--space', 'nb', '--out', 'x'],
      /there is no search space "nb"; known are nasbench201, mnasnet/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await tempograph(args);
    assert.equal(code, 1, args.join(' '));
    assert.match(err, message);
  }
});

test('the file of boards that the help shows can be used, and commands that take one say where it is shown', async () => {
  for (const command of ['label', 'breakdown']) {
    assert.match((await tempograph([command, '--help'])).out, /see\s+`tempograph\s+devices\s+--help`/);
  }
  const [shown] = (await tempograph(['devices', '--help'])).out.match(/\[\{.*\}\]/)!;
  await writeFile(join(folder, 'shown.json'), shown);
  const { out } = await tempograph(['devices', '--models', 'models', '--boards', 'shown.json', '--json']);
  assert.match(out, /"overlay:my_board"/);
});

test('every command has help with an example', async () => {
  for (const command of [
    'serve',
    'predict',
    'devices',
    'train',
    'evaluate',
    'import',
    'label',
    'breakdown',
    'models',
    'doctor',
  ]) {
    const { code, out } = await tempograph([command, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`\\$ .*tempograph ${command}`), command);
  }
});
