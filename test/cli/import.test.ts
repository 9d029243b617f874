import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { registerImport } from '../../cli/import.js';
import { InputError } from '../../src/base/errors.js';
import type { DatasetCard } from '../../src/datasets/card.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';

const [A, B] = [0, 1].map((i) => nasbench201.format(nasbench201.at(i)));
const GOOD = `arch_str,jetson,board\n${A},2,3\n${B},4,\n`;
const BAD = `arch_str,jetson,board\n${A},2,3\n|conv~0|,1,1\n${B},4,-5\n`;

/** Runs `tempograph import` on a CSV in an empty folder; returns that folder. */
async function runImport(t: TestContext, csv: string, ...args: string[]) {
  t.mock.method(console, 'log', () => {});
  const told = t.mock.method(console, 'error', () => {}).mock;
  const folder = temporaryFolder();
  writeFileSync(`${folder}/in.csv`, csv);
  const again = (...more: string[]) => {
    const program = new Command().exitOverride();
    registerImport(program.command('import'));
    const argv = ['import', `${folder}/in.csv`, '--out', `${folder}/out/d.csv.gz`, ...more];
    return program.parseAsync(argv, { from: 'user' });
  };
  const result = await again(...args).catch((error: unknown) => error);
  const card = (): DatasetCard => JSON.parse(readFileSync(`${folder}/out/d.card.json`, 'utf8'));
  const rows = () =>
    gunzipSync(readFileSync(`${folder}/out/d.csv.gz`))
      .toString()
      .split('\n');
  return { result, folder, card, rows, again, told };
}

test('a good file is written in normalised form, with a card', async (t) => {
  const { folder, card, rows } = await runImport(t, GOOD, '--dead-ops', 'pruned', '--batch-size', '32');
  assert.deepEqual(readdirSync(`${folder}/out`).sort(), ['d.card.json', 'd.csv.gz']);
  assert.deepEqual(rows(), ['arch,device,latency_ms', `${A},jetson,2`, `${A},board,3`, `${B},jetson,4`, '']);
  const { name, deadOperations, devices, source } = card();
  assert.deepEqual([name, deadOperations, devices[0].batchSize], ['in', 'pruned', 32]);
  assert.match(source, /^in\.csv, SHA-256 [0-9a-f]{64}$/);
});

test('--metric takes these alone, one’s own by the names of columns, and says what it leaves out', async (t) => {
  const csv = `arch_str,board_ms,board_co2_g\n${A},2,0.3\n`;
  const { rows, card, again } = await runImport(t, csv, '--metric', 'co2:g');
  assert.deepEqual(rows(), ['arch,device,co2_g', `${A},board,0.3`, '']);
  const [latency, co2] = card().columns!;
  assert.deepEqual(latency, { column: 'board_ms', leftOut: 'because you asked for others' });
  assert.deepEqual(co2, { column: 'board_co2_g', device: 'board', metric: 'co2', unit: 'g' });
  await again('--metric', 'latency', 'co2:g');
  assert.deepEqual(rows(), ['arch,device,latency_ms,co2_g', `${A},board,2,0.3`, '']);
});

test('a pipe is read as a file is', {
  skip: process.platform === 'win32' && 'there are no named pipes',
}, async (t) => {
  t.mock.method(console, 'log', () => {});
  t.mock.method(console, 'error', () => {});
  const folder = temporaryFolder();
  execFileSync('mkfifo', [`${folder}/pipe.csv`]);
  const writer = spawn('sh', ['-c', 'printf "%s" "$1" > "$2"', 'sh', GOOD, `${folder}/pipe.csv`]);
  t.after(() => writer.kill());
  const program = new Command().exitOverride();
  registerImport(program.command('import'));
  const argv = ['import', `${folder}/pipe.csv`, '--out', `${folder}/d.csv.gz`];
  await program.parseAsync(argv, { from: 'user' });
  const rows = gunzipSync(readFileSync(`${folder}/d.csv.gz`))
    .toString()
    .split('\n');
  assert.equal(rows.length, 5);
});

test('the name, source, licence and so on are taken as they are given', async (t) => {
  const given = ['--name', 'n', '--source', 's', '--licence', 'MIT', '--method', 'm', '--precision', 'int8'];
  const { card } = await runImport(t, GOOD, '--unit', 's', '--device', 'board', ...given);
  const { name, source, licence, method, devices } = card();
  assert.deepEqual([name, source, licence, method], ['n', 's', 'MIT', 'm']);
  assert.deepEqual(
    devices.map((d) => [d.id, d.precision, d.maxMs]),
    [['board', 'int8', 3000]],
  );
});

test('nothing is written if anything is rejected', async (t) => {
  const { result, folder } = await runImport(t, BAD);
  assert.ok(result instanceof InputError);
  assert.match(
    result.message,
    /in\.csv: 2 values are not usable:\n {2}line 3, column arch_str: .*\n {2}line 4, column board: /,
  );
  assert.deepEqual(readdirSync(folder), ['in.csv']);
});

test('with --skip-bad, the rejects go to a file and the rest is written', async (t) => {
  const { folder, rows, told, again } = await runImport(t, BAD, '--skip-bad');
  assert.deepEqual(rows(), ['arch,device,latency_ms', `${A},jetson,2`, `${A},board,3`, `${B},jetson,4`, '']);
  const rejects = readFileSync(`${folder}/out/d.rejects.csv`, 'utf8').split('\n');
  assert.equal(rejects[0], 'line,column,value,reason');
  assert.match(rejects[1], /^3,arch_str,\|conv~0\|,/);
  assert.match(rejects[2], /^4,board,-5,/);
  assert.equal(rejects.length, 4);
  assert.match(String(told.calls.at(-1)!.arguments[0]), /2 values left out/);
  assert.deepEqual(readdirSync(`${folder}/out`).sort(), ['d.card.json', 'd.csv.gz', 'd.rejects.csv']);

  writeFileSync(`${folder}/in.csv`, GOOD);
  await again();
  assert.ok(!existsSync(`${folder}/out/d.rejects.csv`), 'rejects of an earlier import do not stay');
});

test('many rejects all reach the file, and none is left if no sample is usable', async (t) => {
  const bad = Array.from({ length: 2500 }, (_, i) => `${A},d${i},0\n`).join('');
  const { folder } = await runImport(t, `arch,device,latency_ms\n${bad}${A},d,1\n`, '--skip-bad');
  const lines = readFileSync(`${folder}/out/d.rejects.csv`, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, 2501);
  assert.match(lines[2500], /^2501,latency_ms,0,/);

  const none = await runImport(t, `arch,device,latency_ms\n${bad}`, '--skip-bad');
  assert.ok(none.result instanceof InputError);
  assert.match(none.result.message, /no usable sample/);
  assert.ok(!existsSync(`${none.folder}/out`) || readdirSync(`${none.folder}/out`).length === 0);
});

test('repeats with other values are rejected, or averaged', async (t) => {
  const repeats = `arch,device,latency_ms\n${A},d,1\n${A},d,2\n`;
  assert.match(
    String((await runImport(t, repeats)).result),
    /second value .* 1 ms in line 2.*--duplicates mean/,
  );
  const { rows } = await runImport(t, repeats, '--duplicates', 'mean');
  assert.deepEqual(rows().slice(1), [`${A},d,1.5`, '']);
});

test('options that cannot be are refused by name', async (t) => {
  const wrong = async (...args: string[]) => String((await runImport(t, GOOD, ...args)).result);
  assert.match(await wrong('--out', 'd.json'), /option --out: "d\.json" must end in \.csv or \.csv\.gz/);
  assert.match(await wrong('--device', 'nano'), /no device "nano"; the file has jetson, board/);
  assert.match(await wrong('--batch-size', '0'), /batch-size/);
});

test('a value that an isomorphic cell has too is named, and left out with one-per-class', async (t) => {
  // Edge 0-1 carries zero, so that what edge 1-2 does is of no consequence.
  const first = '|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|skip_connect~2|';
  const repeat = '|none~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';
  const csv = `arch,board_ms,phone_ms\n${first},5,7\n${repeat},5,8\n`;
  const plain = await runImport(t, csv);
  const lines = plain.told.calls.map(({ arguments: [line] }) => line);
  assert.ok(lines.some((line) => /^warning: latency of board: 1 of 2 samples/.test(line)));
  assert.ok(!lines.some((line) => /latency of phone: 1/.test(line)));
  assert.equal(plain.rows().length, 6);
  const kept = await runImport(t, csv, '--duplicates', 'one-per-class');
  assert.deepEqual(kept.rows().slice(1, -1).sort(), [
    `${first},board,5`,
    `${first},phone,7`,
    `${repeat},phone,8`,
  ]);
});
