import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../src/base/errors.js';
import { inputRanges, outputColumns, outputList } from '../../src/emulate/columns.js';
import { readRuns } from '../../src/emulate/runs.js';
import { runsCsv } from '../../src/emulate/runs-csv.js';
import { scalingOf, standardised } from '../../src/emulate/scaling.js';
import { temporaryFile } from '../temporary-folder.js';

const row = (i: number) => [i, (7 * i) % 30, 1, i * i, 3 * i + 1, 0.1 * i];
const rows = Array.from({ length: 30 }, (_, i) => row(i));
const table = (change: (rows: (string | number)[][]) => void = () => {}) => {
  const all = rows.map((each): (string | number)[] => [...each]);
  change(all);
  return ['a,b,c,y1,y2,total', ...all.map((each) => each.join())].join('\n');
};
const choice = { inputs: ['a', 'b'], outputs: outputList('total,y1..y2', '--outputs') };

test('inputs, numbers and curves are read by name, and written so that they are read again', async () => {
  const runs = await readRuns([temporaryFile('runs.csv', table())], choice);
  assert.equal(runs.count, 30);
  assert.deepEqual(runs.inputs[1], { name: 'b', low: 0, high: 29 });
  assert.deepEqual([...runs.x.subarray(4, 6)], [2, 14]);
  assert.deepEqual([...runs.y.subarray(6, 9)], [0.2, 4, 7]);
  const again = await readRuns([temporaryFile('again.csv', runsCsv(runs))], choice);
  assert.deepEqual(again, runs);
  const both = await readRuns([temporaryFile('a.csv', table()), temporaryFile('b.csv', table())], choice);
  assert.equal(both.count, 60);
});

test('what cannot be learned from is refused with its place', async () => {
  const wrong = async (text: string, other: Partial<Parameters<typeof readRuns>[1]>, expected: RegExp) => {
    const file = temporaryFile('wrong.csv', text);
    await assert.rejects(readRuns([file], { ...choice, ...other }), (error) => {
      assert.ok(error instanceof InputError, `${error}`);
      assert.match(error.message, expected);
      return true;
    });
  };
  await wrong(table(), { inputs: ['a', 'c'] }, /column c: the input is 1 in every run/);
  await wrong(table(), { outputs: [{ name: 'c' }] }, /column c: the output is the same in every run/);
  await wrong(table(), { inputs: ['a', 'z'] }, /line 1: there is no column "z"; the file has "a, b, c, y1/);
  await wrong(
    table((all) => void all[3].splice(3, 1, 'NaN')),
    {},
    /line 5, column y1: "NaN" is not a finite number/,
  );
  await wrong(
    table((all) => void all[0].splice(0, 1, '')),
    {},
    /line 2, column a: an empty cell is not/,
  );
  await wrong(
    table((all) => void all[8].pop()),
    {},
    /line 10|Expect 6, got 5/,
  );
  await wrong(
    table((all) => void all.splice(19)),
    {},
    /19 runs are too few .* at least 20/,
  );
  await wrong(table(), { logs: ['a'] }, /line 2, column a: 0 has no logarithm/);
  await wrong(table(), { logs: ['nobody'] }, /option --log: "nobody" is neither/);
});

test('the points of a curve share a scale, numbers have their own, and logarithms are taken where said', async () => {
  const runs = await readRuns(
    [
      temporaryFile(
        'runs.csv',
        table((all) => {
          for (const each of all) each[5] = Math.exp(Number(each[0]) / 10);
        }),
      ),
    ],
    { ...choice, logs: ['total'] },
  );
  const scaling = scalingOf(runs);
  assert.equal(scaling.outputStd[1], scaling.outputStd[2]);
  const samples = standardised(runs, scaling);
  const column = (k: number) => Array.from({ length: 30 }, (_, i) => samples.y[3 * i + k]);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  for (const k of [0, 1, 2]) assert.ok(Math.abs(mean(column(k))) < 1e-6);
  assert.ok(Math.abs(mean(column(0).map((v) => v * v)) - 1) < 1e-6);
  // Of a logarithm that grows evenly nothing but a line is left.
  const steps = column(0)
    .slice(1)
    .map((value, i) => value - column(0)[i]);
  assert.ok(Math.max(...steps) - Math.min(...steps) < 1e-5);
});

test('lists of columns and ranges say what they mean, or are refused', () => {
  assert.deepEqual(outputColumns(outputList('t,y1..y3', '--outputs')), ['t', 'y1', 'y2', 'y3']);
  assert.deepEqual(inputRanges('a=0:1,b=1e-3:10:log,n=8:64:log:whole', '--inputs'), [
    { name: 'a', low: 0, high: 1 },
    { name: 'b', low: 1e-3, high: 10, log: true },
    { name: 'n', low: 8, high: 64, log: true, whole: true },
  ]);
  for (const text of ['y2..y9', 'y1..z9', 'y1..y1'])
    assert.throws(() => outputList(text, '--outputs'), InputError);
  for (const text of ['a', 'a=1', 'a=2:1', 'a=0:1:log', 'a=0:1:lag', 'a=0:1,a=0:2']) {
    assert.throws(() => inputRanges(text, '--inputs'), InputError, text);
  }
});
