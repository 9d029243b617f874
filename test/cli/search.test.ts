import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { optionsOf } from '../../cli/search-run.js';
import { InputError } from '../../src/base/errors.js';
import { Random } from '../../src/base/random.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy } from '../search/made-up.js';
import { temporaryFolder } from '../temporary-folder.js';
import { startCommand } from './command.js';

let folder: string;

const start = (args: readonly string[]) => startCommand(args, { cwd: folder });
const tempograph = (...args: string[]) => start(args).result;

before(async () => {
  folder = temporaryFolder();
  const random = new Random(1);
  const cells = new Map(
    Array.from({ length: 400 }, () => nasbench201.sample(random)).map((c) => [c.join(), c]),
  );
  const rows = [...cells.values()].map((c) => {
    const name = nasbench201.format(c);
    return `${name},${madeUpAccuracy(c).toFixed(3)},${(1 + nasbench201.macs(c) / 1e8).toFixed(4)}`;
  });
  await writeFile(join(folder, 'table.csv'), `arch_str,top1,board\n${rows.join('\n')}\n`);
  await writeFile(join(folder, 'latency.csv'), `arch_str,top1_us,board_ms\n${rows.join('\n')}\n`);
  // Takes a moment, so that a kill finds it at work; the accuracy is the length of the architecture's string.
  await writeFile(
    join(folder, 'train.mjs'),
    'setTimeout(() => console.log(JSON.stringify({ accuracy: process.argv[2].length })), 40);',
  );
});

test('several seeds give a mean curve, the time and how often the optimum was found', async () => {
  const { code, out, err } = await tempograph(
    ...['search', '--strategy', 'local', '--accuracy', 'table.csv:top1', '--budget', '30', '--seeds', '3'],
    '--json',
  );
  assert.equal(code, 0, err);
  const report = JSON.parse(out);
  assert.deepEqual([report.strategy, report.budget, report.curve.length], ['local', 30, 30]);
  assert.equal(report.curve[29].trained, 30);
  assert.ok(report.curve[29].best.mean >= report.curve[0].best.mean);
  assert.ok(report.seconds.mean > 0);
  assert.ok(report.optimumFound >= 0 && report.optimumFound <= 1);
  assert.deepEqual(
    report.runs.map((run: { seed: number }) => run.seed),
    [1, 2, 3],
  );
});

test('no network over the latency limit is trained', async () => {
  const { code, out, err } = await tempograph(
    ...['search', '--strategy', 'evolution', '--accuracy', 'table.csv:top1', '--budget', '40'],
    ...['--device', 'board', '--max-latency', '1.8', '--latency', 'latency.csv', '--log', 'limited.jsonl'],
  );
  assert.equal(code, 0, err);
  assert.match(out, /board, ms/);
  const lines = readFileSync(join(folder, 'limited.jsonl'), 'utf8').trimEnd().split('\n');
  const trials = lines.map((line) => JSON.parse(line)).flatMap((event) => event.trials ?? []);
  assert.equal(trials.length, 40);
  for (const { arch } of trials) {
    assert.ok(1 + nasbench201.macs(nasbench201.parse(arch)) / 1e8 <= 1.8001);
  }
});

test('a report has the search beside strategies that need no predictor, as a page and as JSON', async () => {
  const task = [
    '--accuracy',
    'table.csv:top1',
    '--strategy',
    'local',
    '--budget',
    '30',
    '--latency',
    'latency.csv',
  ];
  const limit = ['--device', 'board', '--max-latency', '2'];
  const { code, err } = await tempograph('search', ...task, ...limit, '--report', 'seen/report.html');
  assert.equal(code, 0, err);
  const html = readFileSync(join(folder, 'seen/report.html'), 'utf8');
  assert.match(html, /limit, latency on board, ms<\/dt><dd>2</);
  const { baselines, runs } = JSON.parse(readFileSync(join(folder, 'seen/report.json'), 'utf8'));
  assert.deepEqual(
    baselines.map(({ name }: { name: string }) => name),
    ['random', 'evolution'],
  );
  assert.ok(html.includes(runs[0].best.arch));
  const nowhere = await tempograph('search', ...task, '--report', 'table.csv/report.html');
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /--report/, 'said before anything is trained');
});

/** A search whose command trains 16 networks. */
const trainedSearch = (log: string, ...more: string[]) => [
  ...['search', '--strategy', 'evolution', '--set', 'population=5', '--set', 'tournament=3'],
  ...['--evaluator', `"${process.execPath}" train.mjs {arch}`, '--budget', '16'],
  ...['--log', log, '--json', ...more],
];

/** Kills a search once its log has five results; returns what the log has then. */
async function killed(search: readonly string[], log: string): Promise<string> {
  const { child, result } = start(search);
  const path = join(folder, log);
  const text = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const told = () => text().split('"told"').length - 1;
  while (told() < 5) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGKILL');
  await result;
  assert.ok(told() < 16);
  return text();
}

test('a search that is killed while its command trains goes on to the result of one that is not', async () => {
  const search = (log: string) => trainedSearch(log);
  const whole = await tempograph(...search('whole.jsonl'));
  assert.equal(whole.code, 0, whole.err);
  await killed(search('killed.jsonl'), 'killed.jsonl');

  const refused = await tempograph(...search('killed.jsonl'));
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /killed\.jsonl: there is a run already; continue it with --resume, name another file, or delete it/,
  );
  const resumed = await tempograph(...search('killed.jsonl'), '--resume');
  assert.equal(resumed.code, 0, resumed.err);
  const course = (out: string) => JSON.parse(out).curve;
  assert.deepEqual(course(resumed.out), course(whole.out));

  const compared = await tempograph('runs', 'whole.jsonl', 'killed.jsonl', '--plot', 'compared.svg');
  assert.equal(compared.code, 0, compared.err);
  assert.match(compared.out, /whole\.jsonl.*evolution.*16 of 16/);
  assert.match(compared.out, /over 2 runs/);
  assert.match(readFileSync(join(folder, 'compared.svg'), 'utf8'), /^<svg/);
});

test('a search that begins with an earlier one’s results and is killed loses nothing, and ends as one that is not', async () => {
  const earlier = trainedSearch('known.jsonl', '--seed', '7');
  assert.equal((await tempograph(...earlier)).code, 0);
  const search = (log: string) => trainedSearch(log, '--seed', '8', '--warm-start', 'known.jsonl');
  const whole = await tempograph(...search('warm.jsonl'));
  assert.equal(whole.code, 0, whole.err);
  const before = await killed(search('warm-killed.jsonl'), 'warm-killed.jsonl');
  const resumed = await tempograph(...search('warm-killed.jsonl'), '--resume');
  assert.equal(resumed.code, 0, resumed.err);
  assert.deepEqual(JSON.parse(resumed.out).curve, JSON.parse(whole.out).curve);
  const after = readFileSync(join(folder, 'warm-killed.jsonl'), 'utf8');
  // A line that was cut off is written anew.
  assert.ok(after.startsWith(before.slice(0, before.lastIndexOf('\n') + 1)));
  const networks = (log: string) => trialsIn(readFileSync(join(folder, log), 'utf8'));
  assert.deepEqual(networks('warm-killed.jsonl'), networks('warm.jsonl'));
  const known = new Set(networks('known.jsonl'));
  assert.equal(networks('warm.jsonl').length, 16);
  assert.ok(
    networks('warm.jsonl').every((arch) => !known.has(arch)),
    'what is known is not trained again',
  );
});

/** The networks that a log's search has trained. */
function trialsIn(text: string): string[] {
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return events
    .filter(({ event, round }) => event === 'round' && round >= 0)
    .flatMap(({ trials }) => trials.map(({ arch }: { arch: string }) => arch));
}

test('a search that ended goes on with a greater budget, and with none keeps to what its log says', async () => {
  const search = (...more: string[]) =>
    tempograph(
      ...[
        'search',
        '--strategy',
        'local',
        '--accuracy',
        'table.csv:top1',
        '--log',
        'extended.jsonl',
        '--json',
      ],
      ...more,
    );
  assert.equal((await search('--budget', '10')).code, 0);
  const extended = await search('--budget', '15', '--resume');
  assert.equal(extended.code, 0, extended.err);
  assert.deepEqual([JSON.parse(extended.out).budget, JSON.parse(extended.out).curve.length], [15, 15]);
  const unnamed = ['search', '--strategy', 'local', '--accuracy', 'table.csv:top1', '--resume', '--json'];
  await tempograph(...unnamed, '--budget', '4');
  const goneOn = await tempograph(...unnamed, '--budget', '6');
  assert.match(goneOn.err, /the log is runs.nasbench201-local-1\.jsonl/);
  assert.equal(
    readFileSync(join(folder, 'runs/nasbench201-local-1.jsonl'), 'utf8').match(/"told"/g)?.length,
    6,
  );
  const resumed = await search('--resume');
  assert.equal(JSON.parse(resumed.out).curve.length, 15, 'not the 100 of a search that begins');
  const { out } = await tempograph('runs', 'extended.jsonl', '--trials', 'trials/all.csv');
  const rows = readFileSync(join(folder, 'trials/all.csv'), 'utf8').trim().split('\n');
  assert.equal(rows[0], 'log,number,round,arch,reason,accuracy,reward,seconds,error');
  assert.equal(rows.length, 16);
  assert.match(out, /15 of 15/);
});

test('a search begins with what earlier ones know, and says what it leaves out', async () => {
  const table = ['search', '--strategy', 'local', '--accuracy', 'table.csv:top1'];
  assert.equal((await tempograph(...table, '--budget', '8', '--log', 'early/1.jsonl')).code, 0);
  const limit = ['--device', 'board', '--max-latency', '1.3', '--latency', 'latency.csv'];
  const warm = await tempograph(
    ...[...table, ...limit, '--budget', '5', '--seed', '2', '--log', 'early/2.jsonl', '--json'],
    ...['--warm-start', 'early'],
  );
  assert.equal(warm.code, 0, warm.err);
  const said = /(\d+) networks are known from early(?:; left out: (\d+) over a limit)?/.exec(warm.err);
  assert.ok(said, warm.err);
  const [known, outside] = [Number(said[1]), Number(said[2] ?? 0)];
  assert.equal(known + outside, 8);
  assert.ok(outside > 0, 'networks over the limit of the second search');
  const [run] = JSON.parse(warm.out).runs;
  assert.deepEqual([run.trained, run.known], [5, known]);
  const other = await tempograph(
    'search',
    '--space',
    'fbnet',
    '--evaluator',
    'x {arch}',
    '--warm-start',
    'early',
  );
  assert.equal(other.code, 1);
  assert.match(other.err, /early.1\.jsonl, line 1: its networks are of "nasbench201", not of fbnet/);
});

test('an option of a strategy is cut at its first equals sign', () => {
  assert.deepEqual(optionsOf(['a=b=c', 'rounds=10', 'fast=true', 'none=']), {
    a: 'b=c',
    rounds: 10,
    fast: true,
    none: '',
  });
  for (const text of ['a', '=3']) assert.throws(() => optionsOf([text]), InputError);
});

test('mistakes are told before anything is trained', async () => {
  const fails = async (expected: RegExp, ...args: string[]) => {
    const { code, err } = await tempograph('search', ...args);
    assert.equal(code, 1);
    assert.match(err, expected);
  };
  const table = ['--accuracy', 'table.csv:top1'];
  await fails(/one of --accuracy <file:column>, --evaluator <command> and --one-shot <folder>/);
  await fails(/there is no strategy "luck"; known are random/, ...table, '--strategy', 'luck');
  await fails(/has no option "pace"; it has relation, samples/, ...table, '--set', 'pace=3');
  await fails(
    /relation of strategy brp is "foo"; it must be one of binary/,
    ...table,
    '--set',
    'relation=foo',
  );
  const both = [
    ['--device', 'a', 'b', '--max-latency', '1', '2', '3'],
    ['--device', 'a', '--max-latency', '1', '--device', 'b', '--max-latency', '2', '--max-latency', '3'],
  ];
  for (const limits of both) await fails(/2 --device and 3 --max-latency/, ...table, ...limits);
  await fails(/1 --device and 0 --max-latency/, ...table, '--device', 'pixel3');
  await fails(
    /--device: there is no predictor of latency for "toaster"/,
    ...table,
    '--device',
    'toaster',
    '--max-latency',
    '3',
  );
  await fails(/the fastest takes/, ...table, '--device', 'pixel3', '--max-latency', '0.0001');
});

test('accuracies that are shares are refused in a table and warned of from a command', async () => {
  const cell = nasbench201.example;
  await writeFile(join(folder, 'shares.csv'), `arch_str,top1\n${cell},0.715\n`);
  const table = await tempograph(
    'search',
    '--strategy',
    'random',
    '--accuracy',
    'shares.csv:top1',
    '--budget',
    '1',
  );
  assert.equal(table.code, 1);
  assert.match(table.err, /shares\.csv, column top1: .*did you mean 71\.5 %\?/);
  await writeFile(join(folder, 'share.mjs'), 'console.log(JSON.stringify({ accuracy: 0.715 }));');
  const command = ['--evaluator', `"${process.execPath}" share.mjs {arch}`, '--budget', '2'];
  const warned = await tempograph('search', '--strategy', 'random', ...command);
  assert.equal(warned.code, 0, warned.err);
  assert.equal(warned.err.match(/did you mean 71\.5 %\?/g)?.length, 1, warned.err);
});
