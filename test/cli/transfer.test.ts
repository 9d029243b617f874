import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { addedUp, cells, madeUpSources } from '../predictors/transfer/made-up-devices.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

let folder: string;
const QUICK = ['--epochs', '20', '--rows', '100', '--threads', '1', '--pool', 'a.pool'];

const tempograph = (args: readonly string[]) => startCommand(args, { cwd: folder }).result;

before(async () => {
  folder = temporaryFolder();
  const header = 'arch,device,latency_ms\n';
  const lines = madeUpSources()
    .slice(0, 3)
    .flatMap(({ device, samples }) =>
      samples.architectures.map((a, i) => `${nasbench201.format(a)},${device},${samples.values[i]}`),
    );
  await writeFile(join(folder, 'sources.csv'), `${header}${[...new Set(lines)].join('\n')}\n`);
  const time = addedUp([0, 0.15, 0.7, 2.5, 0.4], 2);
  const rows = new Set(cells(80, 9).map((cell) => `${nasbench201.format(cell)},new_board,${time(cell)}`));
  await writeFile(join(folder, 'new.csv'), `${header}${[...rows].join('\n')}\n`);
});

const TRANSFER = [
  'transfer',
  '--data',
  'sources.csv',
  '--target',
  'new.csv',
  '--device',
  'new_board',
  ...QUICK,
];

test('transfer scores every method asked for and writes a predictor that predict takes', async () => {
  const args = [
    '--samples',
    '10',
    '--seeds',
    '2',
    '--methods',
    'counts',
    'combined',
    '--out',
    'board',
    '--json',
  ];
  const { code, out, err } = await tempograph([...TRANSFER, ...args]);
  assert.equal(code, 0, err);
  const { results } = JSON.parse(out);
  assert.deepEqual(
    results.map((r: { method: string }) => r.method),
    ['counts', 'combined'],
  );
  for (const result of results) {
    assert.equal(result.device, 'new_board');
    assert.equal(result.samples, 10);
    for (const figure of ['spearman', 'within10', 'adaptSeconds', 'coverage90', 'width90']) {
      assert.deepEqual(Object.keys(result[figure]), ['mean', 'std'], figure);
    }
    assert.ok(result.spearman.mean > 0.9, `${result.method} ${result.spearman.mean}`);
  }
  assert.match(err, /trivial benchmark/);
  const predicted = await tempograph(['predict', '--model', 'board', nasbench201.example, '--json']);
  const [{ latencyMs, interval }] = JSON.parse(predicted.out).predictions;
  const truth = addedUp([0, 0.15, 0.7, 2.5, 0.4], 2)(nasbench201.parse(nasbench201.example));
  assert.ok(Math.abs(latencyMs / truth - 1) < 0.2, `${latencyMs} and ${truth}`);
  assert.equal(interval.level, 0.9);
  assert.ok(interval.lowMs < latencyMs && latencyMs < interval.highMs);
  assert.match(err, /90 % intervals reach from 0\.\d+ to 1\.\d+ times the prediction.* they cover \d/);
});

test('suggest names distinct cells that have not been measured', async () => {
  const args = ['--device', 'new_board', '--target', 'new.csv', '--count', '12'];
  const { code, out, err } = await tempograph(['suggest', '--data', 'sources.csv', ...QUICK, ...args]);
  assert.equal(code, 0, err);
  const lines = out.trim().split('\n');
  const measured = new Set(cells(80, 9).map(nasbench201.format));
  assert.equal(new Set(lines).size, 12);
  assert.ok(lines.every((line) => nasbench201.isConnected(nasbench201.parse(line)) && !measured.has(line)));
});

test('measurements in several files are one device, which suggest finds by itself where a file has no other', async () => {
  const [header, ...rows] = (await readFile(join(folder, 'new.csv'), 'utf8')).trim().split('\n');
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(folder, name), `${[header, ...lines].join('\n')}\n`);
  await write('first.csv', rows.slice(0, 10));
  await write('second.csv', rows.slice(8, 14));
  const targets = ['--target', 'first.csv', 'second.csv'];
  const suggested = await tempograph(['suggest', ...targets, '--count', '3', '--json']);
  const { device, measured, architectures } = JSON.parse(suggested.out);
  assert.deepEqual([device, measured, architectures.length], ['new_board', 14, 3]);
  const transfer = ['transfer', '--data', 'sources.csv', ...QUICK, '--device', 'new_board', '--out', 'both'];
  const learned = await tempograph([...transfer, ...targets]);
  assert.match(learned.err, /both: new_board from 14 samples/);

  await write('other.csv', [rows[3].replace(/[\d.]+$/, '99')]);
  const refused = await tempograph([...transfer, '--target', 'first.csv', 'other.csv']);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /other\.csv: \S+ has 99 ms, and [\d.]+ ms in first\.csv; .*--duplicates mean/);
});

test('what is missing is said', async () => {
  const few = await tempograph([...TRANSFER, '--samples', '500']);
  assert.equal(few.code, 1);
  assert.match(
    few.err,
    /new_board has \d+ usable measurements; 500 to learn from and two to test are needed/,
  );
  const neither = await tempograph(TRANSFER);
  assert.match(neither.err, /--samples/);
  const many = await tempograph(['suggest', '--count', '2000']);
  assert.match(many.err, /--count: 2000 is more than the 1000 networks considered/);
  const unknown = await tempograph(['suggest', '--data', 'sources.csv', '--device', 'new_board']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /there is no device "new_board"/);
});

test('suggest names what has the choices that a predictor has seen least', async () => {
  const header = 'arch,latency_ms\n';
  const known = cells(300, 4).filter((cell) => cell[0] !== 1);
  const lines = [...new Set(known.map((cell) => nasbench201.format(cell)))].map(
    (arch, i) => `${arch},${5 + i / 100}`,
  );
  await writeFile(join(folder, 'no_skip.csv'), `${header}${lines.join('\n')}\n`);
  const lookup = ['--device', 'odd', '--predictor', 'lookup', '--out', 'odd'];
  const trained = await tempograph(['train', '--data', 'no_skip.csv', ...lookup]);
  assert.equal(trained.code, 0, trained.err);
  const { code, out, err } = await tempograph([
    'suggest',
    '--strategy',
    'uncovered',
    '--model',
    'odd',
    '--count',
    '3',
  ]);
  assert.equal(code, 0, err);
  const named = out.trim().split('\n');
  assert.equal(named.length, 3);
  assert.ok(
    named.every((arch) => nasbench201.parse(arch)[0] === 1),
    out,
  );
  const other = await tempograph(['suggest', '--model', 'odd', '--count', '3']);
  assert.match(other.err, /--model: is for --strategy uncovered/);
  const space = await tempograph(['suggest', '--space', 'gpt', '--strategy', 'uncovered', '--model', 'odd']);
  assert.match(space.err, /--model: is of nasbench201, not of gpt/);
});
