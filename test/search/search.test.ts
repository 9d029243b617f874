import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runSearch } from '../../src/search/run.js';
import { RunLog, readRun } from '../../src/search/run-log.js';
import type { Search } from '../../src/search/search.js';
import { temporaryFolder } from '../temporary-folder.js';
import { madeUpEvaluator, QUICK, searchWith, smallPool } from './made-up.js';

const pool = smallPool();
const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));
const logFile = async () => {
  const folder = temporaryFolder();
  folders.push(folder);
  return join(folder, 'run.jsonl');
};
const course = (search: Search) => search.trials.map(({ candidate, reason }) => `${candidate} ${reason}`);

for (const [name, options] of [
  ['random', {}],
  ['evolution', { population: 8, tournament: 4 }],
  ['local', {}],
  ['brp-paper', { ...QUICK, rounds: 3, samples: 24 }],
  ['brp', { ...QUICK, rounds: 3, samples: 24 }],
  ['brp', { ...QUICK, rounds: 3, samples: 24, flat: 0.5 }],
  ['gcn', QUICK],
  ['na-rs', {}],
  ['la-darts', { steps: 40 }],
] as const) {
  test(`${name}${'flat' in options ? ' flat' : ''}: a run cut off at any byte of its log goes on to the same result`, async () => {
    const whole = await logFile();
    const log = RunLog.open(whole, { seed: 1 });
    const complete = searchWith(name, { pool, log, options });
    await runSearch(complete, madeUpEvaluator, { pool });
    log.close();
    assert.equal(complete.trained, 30);

    const bytes = readFileSync(whole);
    for (const share of [0.0003, 0.3, 0.55, 0.8, 0.99]) {
      const cut = await logFile();
      writeFileSync(cut, bytes.subarray(0, Math.ceil(share * bytes.length)));
      const again = RunLog.open(cut, { seed: 1 });
      const resumed = searchWith(name, { pool, log: again, options });
      await resumed.replay(again.record.events);
      const known = resumed.trained;
      let evaluated = 0;
      await runSearch(resumed, madeUpEvaluator, { pool, onTold: () => evaluated++ });
      again.close();
      assert.equal(evaluated, 30 - known, 'nothing that was told is evaluated again');
      assert.deepEqual(course(resumed), course(complete), `cut at ${share}`);
      assert.deepEqual(readRun(cut).events, readRun(whole).events);
    }
  });
}

test('the same seed gives the same run, another seed another', async () => {
  const runs = [];
  for (const seed of [1, 1, 2]) {
    const search = searchWith('evolution', { pool, seed });
    await runSearch(search, madeUpEvaluator, { pool });
    runs.push(course(search));
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});

test('a run with a smaller budget is the beginning of one with a larger', async () => {
  for (const name of ['random', 'evolution', 'local', 'brp']) {
    // Rounds of eight, so that the smaller budget ends within the third.
    const options = name === 'brp' ? { ...QUICK, samples: 24, rounds: 3 } : {};
    const [small, large] = [21, 30].map((budget) => searchWith(name, { pool, budget, options }));
    await runSearch(small, madeUpEvaluator, { pool });
    await runSearch(large, madeUpEvaluator, { pool });
    assert.deepEqual(course(small), course(large).slice(0, 21), name);
  }
});

test('concurrent askers get different trials, and the round is proposed once', async () => {
  const search = searchWith('random', { pool, budget: 6 });
  const asked = await Promise.all(Array.from({ length: 8 }, () => search.ask()));
  const numbers = asked.map((trial) => trial?.number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, undefined, undefined]);
  assert.equal(search.trials.length, 6);
});

test('of several outcomes for one trial the first counts', async () => {
  const search = searchWith('random', { pool, budget: 1 });
  await search.ask();
  assert.equal(search.tell(1, { accuracy: 50 }), true);
  assert.equal(search.tell(1, { accuracy: 60 }), false);
  assert.deepEqual(search.trials[0].outcome, { accuracy: 50 });
  assert.ok(search.done);
});

test('failed trials do not count as trained, are not tried again, and end a search that only fails', async () => {
  const search = searchWith('random', { pool, budget: 10 });
  let calls = 0;
  const flaky = { evaluate: async () => (calls++ % 2 ? { accuracy: calls } : { error: 'out of memory' }) };
  await runSearch(search, flaky, { pool });
  assert.equal(search.trained, 10);
  assert.ok(search.trials.length > 10);
  assert.equal(new Set(search.trials.map(({ candidate }) => candidate)).size, search.trials.length);

  const broken = searchWith('random', { pool, budget: 10 });
  const failing = { evaluate: async () => ({ error: 'no GPU' }) };
  await assert.rejects(runSearch(broken, failing, { pool }), /first 10 trials all failed.*no GPU/);
});

test('a search ends when every candidate has been tried', async () => {
  const few = pool.restrictedTo((candidate) => candidate < 7, {});
  for (const name of ['random', 'evolution', 'local', 'brp']) {
    const options = name === 'brp' ? { ...QUICK, samples: 4, rounds: 2 } : {};
    const search = searchWith(name, { pool: few, budget: 20, options });
    await runSearch(search, madeUpEvaluator, { pool: few });
    assert.equal(search.trained, 7, name);
  }
});

test('what is told is checked', async () => {
  const search = searchWith('random', { pool, budget: 2 });
  await search.ask();
  assert.throws(() => search.tell(3, { accuracy: 1 }), /no trial 3; they go from 1 to 2/);
  assert.throws(() => search.tell(1, { accuracy: Number.NaN }), /NaN is not an accuracy/);
});

test('a log of another run, or something that is no log, is refused with the reason', async () => {
  const file = await logFile();
  RunLog.open(file, { seed: 1, budget: 30 }).close();
  assert.throws(() => RunLog.open(file, { seed: 2, budget: 30 }), /run\.jsonl, line 1.*seed 1, not 2/);
  appendFileSync(file, '{"event":"told","number":"one"}\n');
  assert.throws(() => readRun(file), /line 2: neither a round, nor the outcome/);
  writeFileSync(file, 'arch_str,pixel3\n');
  assert.throws(() => RunLog.open(file, {}), /line 1: .* is not JSON/);
  writeFileSync(file, 'arch_str');
  assert.throws(() => RunLog.open(file, {}), /not the log of a search/);
});
