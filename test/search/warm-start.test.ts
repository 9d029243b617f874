import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bestSoFar } from '../../src/search/report/curve.js';
import { summariseRun } from '../../src/search/report/run-summary.js';
import { trialRows } from '../../src/search/report/trial-rows.js';
import { readRun } from '../../src/search/run-log.js';
import { type RunTask, runSeed } from '../../src/search/seeded-run.js';
import { isKnown } from '../../src/search/trial.js';
import { readWarmStart } from '../../src/search/warm-start.js';
import { temporaryFolder } from '../temporary-folder.js';
import { madeUpAccuracy, QUICK, smallPool } from './made-up.js';

const pool = smallPool();
const { space } = pool;
const EVALUATOR = 'accuracy.csv:cifar10';
const evaluated: string[] = [];
const evaluator = {
  async evaluate(architecture: Uint8Array) {
    evaluated.push(space.format(architecture));
    return { accuracy: madeUpAccuracy(architecture) };
  },
};
const run = (log: string, given: Partial<RunTask> = {}, of = pool) =>
  runSeed(
    {
      strategy: 'random',
      options: {},
      objective: 'accuracy',
      budget: 10,
      parallel: 1,
      seed: 1,
      log,
      ...given,
    },
    { pool: of, evaluator, hints: {}, described: { space: space.name, evaluator: EVALUATOR } },
  );
const folder = temporaryFolder();
const earlier = [1, 2].map((seed) => join(folder, 'runs', `random-${seed}.jsonl`));
const begun = Promise.all(earlier.map((log, i) => run(log, { seed: i + 1 })));
const from = { pool, evaluator: EVALUATOR };

for (const [strategy, options] of [
  ['random', {}],
  ['evolution', { population: 12, tournament: 6 }],
  ['local', {}],
  ['brp', { ...QUICK, samples: 16, rounds: 4 }],
  ['gcn', QUICK],
  ['nas', { hidden: 8 }],
  ['na-rs', {}],
  ['la-darts', { samples: 12, steps: 20 }],
] as const) {
  test(`${strategy}: what earlier runs know is not trained again and costs no budget, also after a kill`, async () => {
    const known = new Set((await begun).flatMap(({ trials }) => trials.map(({ candidate }) => candidate)));
    const warmStart = await readWarmStart([join(folder, 'runs')], from);
    assert.deepEqual(new Set(warmStart.known.map(({ candidate }) => candidate)), known);
    const log = join(folder, `${strategy}.jsonl`);
    const warm = await run(log, { strategy, options, warmStart });
    const own = warm.trials.filter((trial) => !isKnown(trial));
    assert.deepEqual([own.length, warm.trials.length], [10, 10 + known.size]);
    assert.ok(own.every(({ candidate }) => !known.has(candidate)));
    if (strategy === 'gcn' || strategy === 'la-darts') {
      assert.ok(
        own.every(({ reason }) => reason !== 'random'),
        'they stand for networks at random',
      );
    }
    assert.equal(bestSoFar(warm.trials).length, 10);
    const { trained, known: said, best } = summariseRun(readRun(log));
    assert.deepEqual([trained, said], [10, known.size]);
    assert.ok(best!.accuracy >= Math.max(...warmStart.known.map(({ accuracy }) => accuracy)));

    const text = readFileSync(log, 'utf8');
    const cut = join(folder, `${strategy}-cut.jsonl`);
    for (const at of [text.indexOf('\n') + 20, Math.floor(text.length * 0.8)]) {
      writeFileSync(cut, text.slice(0, at));
      const again = await run(cut, { strategy, options, warmStart, resume: true });
      assert.deepEqual(
        again.trials.map(({ candidate, reason }) => [candidate, reason]),
        warm.trials.map(({ candidate, reason }) => [candidate, reason]),
      );
    }
  });
}

test('of a network that was trained twice the mean is known; what failed, or may not be chosen now, is left out', async () => {
  const log = (name: string, ...told: (number | string)[]) => {
    const header = {
      event: 'search',
      format: 'tempograph-search/1',
      startedAt: '',
      task: readRun(earlier[0]).header.task,
    };
    const trials = told.map((_, i) => ({
      number: i + 1,
      arch: space.format(pool.architectures[i]),
      reason: 'x',
    }));
    const outcomes = told.map((outcome, i) => ({
      event: 'told',
      number: i + 1,
      outcome: typeof outcome === 'number' ? { accuracy: outcome } : { error: outcome },
    }));
    const file = join(folder, name);
    const lines = [header, { event: 'round', round: 0, trials }, ...outcomes];
    writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    return file;
  };
  await begun;
  const two = [log('a.jsonl', 60, 70, 'out of memory'), log('b.jsonl', 50, 80, 90)];
  const found = await readWarmStart(two, from);
  assert.deepEqual(
    found.known.map(({ candidate, accuracy }) => [candidate, accuracy]),
    [
      [0, 55],
      [1, 75],
      [2, 90],
    ],
  );
  assert.deepEqual([found.withoutResult, found.outside], [1, 0]);
  const limited = pool.restrictedTo((candidate) => candidate !== 1, {});
  const fewer = await readWarmStart(two, { ...from, pool: limited });
  assert.deepEqual([fewer.known.length, fewer.outside], [2, 2]);
  // A log of its own in the same folder is no earlier run.
  await assert.rejects(readWarmStart([two[0]], { ...from, own: [two[0]] }), /no log of an earlier search/);
});

test('a table has every trial of a log, those that failed or are known from others too', async () => {
  await begun;
  const log = join(folder, 'table.jsonl');
  const warmStart = await readWarmStart([earlier[0]], from);
  let calls = 0;
  const flaky = {
    evaluate: async () =>
      calls++ === 0 ? { error: 'out of memory', seconds: 2 } : { accuracy: 60 + calls, details: { loss: 1 } },
  };
  await runSeed(
    {
      strategy: 'random',
      options: {},
      objective: 'accuracy',
      budget: 2,
      parallel: 1,
      seed: 3,
      log,
      warmStart,
    },
    { pool, evaluator: flaky, hints: {}, described: { space: space.name, evaluator: EVALUATOR } },
  );
  const rows = trialRows(readRun(log));
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: 13 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    rows.slice(0, 10).map(({ round, accuracy }) => [round, accuracy]),
    warmStart.known.map(({ accuracy }) => [-1, accuracy]),
  );
  const { error, seconds, accuracy } = rows[10];
  assert.deepEqual([error, seconds, accuracy], ['out of memory', 2, undefined]);
  assert.deepEqual(
    rows.slice(11).map((row) => [row.accuracy, 'details' in row]),
    [
      [62, false],
      [63, false],
    ],
  );
});

test('logs of another space, other accuracies or rewards are refused with file and line', async () => {
  await begun;
  const lines = readFileSync(earlier[0], 'utf8').trimEnd().split('\n');
  const wrong = async (change: (lines: string[]) => string[], expected: RegExp) => {
    const file = join(folder, 'wrong.jsonl');
    writeFileSync(file, `${change([...lines]).join('\n')}\n`);
    await assert.rejects(readWarmStart([file], from), expected);
  };
  await wrong(
    ([header, ...rest]) => [header.replace(space.name, 'fbnet'), ...rest],
    /wrong\.jsonl, line 1: its networks are of "fbnet", not of nasbench201/,
  );
  await wrong(
    ([header, ...rest]) => [header.replace('cifar10', 'cifar100'), ...rest],
    /wrong\.jsonl, line 1: its accuracies are of column cifar100, not cifar10/,
  );
  await wrong(
    ([header, round, told, ...rest]) => [
      header,
      round,
      told.replace('{"accuracy"', '{"reward":1,"accuracy"'),
      ...rest,
    ],
    /wrong\.jsonl, line 3: network 1 has a reward/,
  );
  await wrong(
    ([header, round, ...rest]) => [header, round.replace(/"arch":"[^"]+"/, '"arch":"|x|"'), ...rest],
    /wrong\.jsonl, line 2: /,
  );
  await wrong(
    (all) => all.map((line) => line.replace(/"accuracy":\d+/, '"accuracy":0')),
    /wrong\.jsonl, column accuracy: no value is above 1.*did you mean/,
  );
  const otherCommand = await readWarmStart([earlier[0]], { pool, evaluator: 'python train.py {arch}' });
  assert.deepEqual(otherCommand.otherEvaluators, [EVALUATOR]);
});
