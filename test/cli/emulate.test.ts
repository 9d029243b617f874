import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

const emulate = (...args: string[]) => startCommand(['emulate', ...args]).result;

test('from a CSV to an emulator, its answers, and the runs to make next', async () => {
  const folder = temporaryFolder();
  const [runs, model] = [join(folder, 'runs.csv'), join(folder, 'line')];
  const lines = Array.from({ length: 40 }, (_, i) => {
    const [a, b] = [i / 40, ((i * 17) % 40) / 40];
    return [a, b, a + b, a - b, a * b].join();
  });
  writeFileSync(runs, ['a,b,y1,y2,product', ...lines].join('\n'));
  const trained = await emulate(
    ...['--data', runs, '--inputs', 'a,b', '--outputs', 'y1..y2,product', '--steps', '60', '--out', model],
  );
  assert.equal(trained.code, 0, trained.err);
  assert.match(trained.out, /40 runs, 5 networks/);
  assert.match(trained.out, /│ product /);

  const searched = await emulate(
    ...['--data', runs, '--inputs', 'a,b', '--outputs', 'product', '--steps', '4'],
    ...['--architecture', 'searched', '--out', join(folder, 'searched')],
  );
  assert.match(searched.out, /40 runs, 35 networks/);

  const csv = join(folder, 'answers.csv');
  const asked = await emulate('predict', '--model', model, '--at', 'a=0.5,b=3', '--out', csv, '--json');
  assert.equal(asked.code, 0, asked.err);
  assert.match(asked.err, /run 1: b outside of the range of the runs/);
  const { mean, low, high } = JSON.parse(asked.out).runs[0].outputs.y1;
  assert.ok(low <= mean && mean <= high);
  const [header, row] = readFileSync(csv, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  assert.deepEqual(header.slice(0, 6), ['a', 'b', 'y1', 'y2', 'product', 'y1_low']);
  assert.equal(Number(row[2]), mean);

  const suggested = await emulate('suggest', '--model', model, '--count', '3');
  assert.equal(suggested.code, 0, suggested.err);
  assert.equal(suggested.out.trim().split('\n').length, 4);

  const file = join(folder, 'next.csv');
  writeFileSync(file, suggested.out);
  const table = await emulate('predict', file, '--model', model);
  assert.equal(table.code, 0, table.err);
  assert.match(table.out, /│ 3 +│ product/);
});

test('what is missing is said', async () => {
  const out = temporaryFolder();
  const said = async (...args: string[]) => (await emulate(...args, '--out', out)).err;
  assert.match(await said(), /give runs with --data, or with --simulator a program that makes them/);
  assert.match(await said('--simulator', './sim {a}'), /option --inputs: give the range of each input/);
  assert.match(await said('--simulator', 'nobody'), /there is no simulator "nobody"; known are thomson-ion/);
  assert.match(
    await said('--simulator', './sim'),
    /a command has its inputs in braces: ".\/sim \{a\} \{b\}"/,
  );
  assert.match(await said('--simulator', './sim {a}', '--inputs', 'a=1:0'), /"a=1:0": 1 is not below 0/);
  assert.match(await said('--simulator', './sim {a}', '--inputs', 'a=1'), /is not <name>=<low>:<high>/);
  assert.match(
    await said('--simulator', 'brusselator', '--inputs', 'z=0:1'),
    /brusselator has no input z; it has a, b/,
  );
});
