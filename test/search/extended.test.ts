import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { summariseRun } from '../../src/search/report/run-summary.js';
import { readRun } from '../../src/search/run-log.js';
import { type Run, type RunTask, runSeed } from '../../src/search/seeded-run.js';
import { temporaryFolder } from '../temporary-folder.js';
import { madeUpEvaluator, QUICK, smallPool } from './made-up.js';

const pool = smallPool();
const prepared = { pool, evaluator: madeUpEvaluator, hints: {}, described: { space: 'made up' } };
const folder = temporaryFolder();
const runWith = (strategy: string, given: Partial<RunTask> = {}): Promise<Run> =>
  runSeed(
    { strategy, options: {}, objective: 'accuracy', budget: 16, parallel: 1, seed: 1, ...given },
    prepared,
  );
const course = ({ trials }: Run) => trials.map(({ candidate, reason }) => `${candidate} ${reason}`);

for (const [strategy, options] of [
  ['evolution', { population: 8, tournament: 4 }],
  ['local', {}],
  // Rounds of eight: both budgets end with one.
  ['brp', { ...QUICK, rounds: 3, samples: 24 }],
] as const) {
  test(`${strategy}: a run that ended and is extended is the one with the greater budget from the start`, async () => {
    const log = join(folder, `${strategy}.jsonl`);
    const ended = await runWith(strategy, { options, log });
    assert.equal(ended.trials.length, 16);
    const extended = await runWith(strategy, { options, log, budget: 24, resume: true });
    assert.deepEqual(course(extended), course(await runWith(strategy, { options, budget: 24 })));
    assert.equal(summariseRun(readRun(log)).task.budget, 24);
  });
}

test('a plan of the first budget stays: gcn learns from no more networks at random', async () => {
  const log = join(folder, 'gcn.jsonl');
  const reasons = (run: Run) => run.trials.map(({ reason }) => reason);
  assert.equal(reasons(await runWith('gcn', { options: QUICK, log })).lastIndexOf('random'), 7);
  const extended = await runWith('gcn', { options: QUICK, log, budget: 24, resume: true });
  assert.equal(extended.trials.length, 24);
  assert.equal(reasons(extended).lastIndexOf('random'), 7, 'half of the first 16');
  const fromStart = await runWith('gcn', { options: QUICK, budget: 24 });
  assert.equal(reasons(fromStart).lastIndexOf('random'), 11);
});

test('an extension that is killed goes on to the same, and is the same each time', async () => {
  const log = join(folder, 'killed.jsonl');
  await runWith('gcn', { options: QUICK, log });
  const [whole, cut] = ['whole.jsonl', 'cut.jsonl'].map((name) => join(folder, name));
  copyFileSync(log, whole);
  const extended = await runWith('gcn', { options: QUICK, log: whole, budget: 24, resume: true });
  const ended = readFileSync(log, 'utf8').length;
  const text = readFileSync(whole, 'utf8');
  // In the line that says that it is extended, and in the midst of what was added.
  for (const at of [ended + 10, ended + Math.floor((text.length - ended) / 2)]) {
    writeFileSync(cut, text.slice(0, at));
    const resumed = await runWith('gcn', { options: QUICK, log: cut, budget: 24, resume: true });
    assert.deepEqual(course(resumed), course(extended));
    assert.equal(readFileSync(cut, 'utf8').split('"extended"').length - 1, 1);
  }
});

test('a budget is never made smaller, and nothing but the budget may change', async () => {
  const log = join(folder, 'refused.jsonl');
  await runWith('random', { log });
  await runWith('random', { log, budget: 20, resume: true });
  const again = (more: Partial<RunTask>) => runWith('random', { log, resume: true, ...more });
  await assert.rejects(again({ budget: 16 }), /refused\.jsonl, line 1: .*with budget 20, not 16/);
  await assert.rejects(again({ budget: 30, seed: 2 }), /with seed 1, not 2/);
  assert.equal((await again({ budget: 20 })).trials.length, 20);
  appendFileSync(log, '{"event":"extended","budget":"many"}\n');
  await assert.rejects(again({ budget: 20 }), /line \d+: neither a round, .*nor a greater budget/);
});
