import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withinLimits } from '../../src/search/constraints.js';
import { paretoObjective } from '../../src/search/objective.js';
import { runSearch } from '../../src/search/run.js';
import { RunLog } from '../../src/search/run-log.js';
import type { Search } from '../../src/search/search.js';
import { fnasKind, fnasReward } from '../../src/search/strategies/fnas.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../temporary-folder.js';
import { madeUpEvaluator, searchWith, smallPool } from './made-up.js';

/** A third of a small pool keeps within the limit on its MACs, which stand for a latency. */
const all = smallPool();
const macs = Float64Array.from(all.architectures, (a) => nasbench201.macs(a));
const maxMs = macs.toSorted()[Math.floor(all.size / 3)];
const pool = withinLimits(all, [{ device: 'macs', bound: maxMs, values: macs, worst: macs }]);

async function run(strategy: string, budget: number, options = {}) {
  const search = searchWith(strategy, { pool, budget, options });
  await runSearch(search, madeUpEvaluator, { pool });
  const { reason } = search.trials.at(-1)!;
  const [, children, overLimit] = /child (\d+), (\d+) over the limit/.exec(reason)!.map(Number);
  return { trials: search.trials, children, overLimit };
}

test('rewards are those of the paper, by hand', () => {
  // 15 ms under a limit of 10 ms: (10 - 15)/10 - 1; 8 ms and an accuracy of 0.9 where 0.85 is usual: 0.05 + 8/10.
  assert.ok(Math.abs(fnasReward(15 / 10, 0.9) - -1.5) < 1e-12);
  assert.ok(Math.abs(fnasReward(8 / 10, 0.9 - 0.85) - 0.85) < 1e-12);
  assert.ok(fnasReward(1, 0) > fnasReward(1.0001, 0) + 1.9, 'the limit is a cliff');
});

test('no network over the limit is trained, and none twice', async () => {
  const { trials, overLimit } = await run('fnas', 40);
  assert.equal(trials.length, 40);
  assert.ok(overLimit > 0);
  for (const { candidate } of trials) assert.ok(nasbench201.macs(pool.architectures[candidate]) <= maxMs);
  assert.equal(new Set(trials.map(({ candidate }) => candidate)).size, 40);
});

test('fnas learns to keep within the limit from children that it does not train; nas does not', async () => {
  const [fnas, nas] = [await run('fnas', 60), await run('nas', 60)];
  assert.ok(
    fnas.overLimit < 0.7 * nas.overLimit,
    `over the limit: fnas ${fnas.overLimit} of ${fnas.children}, nas ${nas.overLimit} of ${nas.children}`,
  );
});

test('nas finds better networks than chance', async () => {
  const best = async (strategy: string, seed: number) => {
    const search = searchWith(strategy, { pool: all, budget: 60, seed });
    await runSearch(search, madeUpEvaluator, { pool: all });
    const last = search.trials
      .slice(-20)
      .map(({ outcome }) => ('accuracy' in outcome! ? outcome.accuracy : 0));
    return last.reduce((sum, accuracy) => sum + accuracy, 0);
  };
  for (const seed of [1, 2, 3]) assert.ok((await best('nas', seed)) > (await best('random', seed)));
});

test('a run that is cut off goes on to the same result', async () => {
  const folder = temporaryFolder();
  const begin = async (name: string) => {
    const log = RunLog.open(join(folder, name), {});
    const search = searchWith('fnas', { pool, log, budget: 20 });
    await search.replay(log.record.events);
    return { log, search };
  };
  const course = ({ trials }: Search) => trials.map(({ candidate, reason }) => `${candidate} ${reason}`);
  const whole = await begin('whole.jsonl');
  await runSearch(whole.search, madeUpEvaluator, { pool });
  const bytes = readFileSync(join(folder, 'whole.jsonl'));
  for (const share of [0.3, 0.6, 0.95]) {
    writeFileSync(join(folder, `${share}.jsonl`), bytes.subarray(0, Math.ceil(share * bytes.length)));
    const again = await begin(`${share}.jsonl`);
    await runSearch(again.search, madeUpEvaluator, { pool });
    assert.deepEqual(course(again.search), course(whole.search), `cut at ${share}`);
    again.log.close();
  }
  whole.log.close();
});

test('fnas without a limit, and a front, are refused', () => {
  const task = { pool, objective: paretoObjective(pool), budget: 1, seed: 1 };
  assert.throws(() => fnasKind.create(task), /a reward of its own; it searches for accuracy/);
  assert.throws(() => searchWith('fnas', { pool: all }), /fnas needs a latency limit/);
});
