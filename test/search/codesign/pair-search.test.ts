import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Random } from '../../../src/base/random.js';
import { CodesignDevice } from '../../../src/devices/codesign/codesign.js';
import { pairEvaluator, rewardObjective } from '../../../src/search/codesign/pair-evaluator.js';
import { type PairPool, pairPool } from '../../../src/search/codesign/pair-pool.js';
import { parseWeights, rewardOf, type Scenario } from '../../../src/search/codesign/scenario.js';
import { accuracyObjective } from '../../../src/search/objective.js';
import { poolOfSpace } from '../../../src/search/pool.js';
import { summariseRun } from '../../../src/search/report/run-summary.js';
import { runSearch } from '../../../src/search/run.js';
import { RunLog, readRun } from '../../../src/search/run-log.js';
import { Search } from '../../../src/search/search.js';
import { strategyNamed } from '../../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../../src/search/strategies/strategy.js';
import { bestOf } from '../../../src/search/trial.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { temporaryFolder } from '../../temporary-folder.js';
import { madeUpEvaluator } from '../made-up.js';

const scenario: Scenario = {
  weights: parseWeights('0.1,0.8,0.1'),
  limits: { maxAreaMm2: 150, maxLatencyMs: 8 },
};
const pool = pairPool(nasbench201, { limits: scenario.limits });
const evaluator = pairEvaluator(pool, scenario, madeUpEvaluator);
const KINDS: readonly [string, StrategyOptions][] = [
  ['random', {}],
  ['evolution', { population: 8, tournament: 4 }],
  ['local', {}],
  ['combined', { hidden: 8 }],
  ['phase', { hidden: 8, networkSteps: 7, acceleratorSteps: 5 }],
  ['separate', { hidden: 8 }],
];

interface Given {
  readonly log?: RunLog;
  readonly seed?: number;
  readonly of?: PairPool;
}

function searchWith(name: string, options: StrategyOptions, { log, seed = 1, of = pool }: Given): Search {
  const budget = 24;
  const task = { pool: of, objective: rewardObjective(of, scenario), budget, seed };
  return new Search({ ...task, strategy: strategyNamed(name).create(task, options).strategy, log });
}
const course = (search: Search, of = pool) =>
  search.trials.map(({ candidate, reason }) => `${of.space.format(of.architectures[candidate])} ${reason}`);

describe('pairs', () => {
  it('come back from their text', () => {
    const random = new Random(3);
    const { space, pairs } = pool;
    for (let i = 0; i < 50; i++) {
      const pair = space.sample(random);
      assert.deepEqual(space.parse(space.format(pair)), pair);
      assert.deepEqual(pairs.join(pairs.networkOf(pair), pairs.partOf(pairs.configurationOf(pair))), pair);
    }
    assert.throws(() => space.parse(nasbench201.example), /has no accelerator; a pair looks like/);
    assert.throws(() => space.parse(`${nasbench201.example}@8x5`), { name: 'InputError' });
  });

  it('are candidates within the limits alone, with the latency and area of the device', () => {
    const random = new Random(4);
    let kept = 0;
    for (let i = 0; i < 80; i++) {
      const pair = pool.space.prune(pool.space.sample(random));
      if (!pool.space.isConnected(pair)) continue;
      const device = new CodesignDevice(pool.pairs.configurationOf(pair));
      const { latencyMs } = device.latency(pool.space.toNetwork(pair));
      const within = device.areaMm2 <= 150 && latencyMs <= 8;
      assert.deepEqual(pool.metricsOf(pair), { latencyMs, areaMm2: device.areaMm2 });
      const candidate = pool.candidateOf(pair);
      assert.equal(candidate !== undefined, within);
      if (candidate === undefined) continue;
      kept++;
      assert.deepEqual(pool.architectures[candidate], pair);
      for (const other of pool.neighbours(candidate)) assert.equal(pool.excess(pool.architectures[other]), 0);
    }
    assert.ok(kept > 5);
  });

  it('ask for the accuracy of a network once, and again only after a failure', async () => {
    let asked = 0;
    const failing = pairEvaluator(pool, scenario, {
      evaluate: async () => (++asked === 1 ? { error: 'out of memory' } : { accuracy: 60 }),
    });
    const pair = pool.space.example;
    const [first, other] = [pair, pair.replace(/@.*/, '@16x8-i1024-w1024-o1024-m256-p0-s1')].map(
      pool.space.parse,
    );
    assert.deepEqual(await failing.evaluate(first), { error: 'out of memory' });
    for (const each of [first, other, first]) {
      const outcome = await failing.evaluate(each);
      const metrics = pool.metricsOf(each);
      const reward = rewardOf(scenario, pool.ranges, { accuracyPercent: 60, ...metrics });
      assert.deepEqual(outcome, { accuracy: 60, reward, details: metrics });
    }
    assert.equal(asked, 2);
  });
});

describe('search for pairs', () => {
  for (const [name, options] of KINDS) {
    it(`${name}: cut off anywhere and resumed, with another pool of the same pairs, it is the same run`, async () => {
      const folder = temporaryFolder();
      const whole = join(folder, 'whole.jsonl');
      const log = RunLog.open(whole, { seed: 1 });
      const complete = searchWith(name, options, { log });
      await runSearch(complete, evaluator, { pool });
      log.close();
      assert.equal(complete.trained, 24);
      const texts = course(complete);
      assert.equal(new Set(complete.trials.map(({ candidate }) => candidate)).size, 24, 'no pair twice');
      const bytes = await readFile(whole);
      const of = pairPool(nasbench201, { limits: scenario.limits });
      for (const share of [0.4, 0.9]) {
        const cut = join(folder, `${share}.jsonl`);
        await writeFile(cut, bytes.subarray(0, Math.ceil(share * bytes.length)));
        const again = RunLog.open(cut, { seed: 1 });
        const resumed = searchWith(name, options, { log: again, of });
        await resumed.replay(again.record.events);
        await runSearch(resumed, pairEvaluator(of, scenario, madeUpEvaluator), { pool: of });
        again.close();
        assert.deepEqual(course(resumed, of), texts);
        assert.deepEqual(readRun(cut).events, readRun(whole).events);
      }
      // The log alone tells the best pair, by its reward.
      const best = bestOf(complete.trials);
      const summary = summariseRun(readRun(whole));
      assert.equal(summary.best?.reward, best?.outcome.reward);
      assert.equal(summary.best?.number, best?.number);
      assert.equal(
        summary.curve.at(-1),
        Math.max(...complete.trials.map(({ outcome }) => rewardIn(outcome))),
      );
    });
  }

  it('is another with another seed', async () => {
    const runs = [1, 2].map((seed) => searchWith('combined', { hidden: 8 }, { seed }));
    for (const search of runs) await runSearch(search, evaluator, { pool });
    assert.notDeepEqual(course(runs[0]), course(runs[1]));
  });

  it('phase: one part stands still at a time, and is the best so far when the turn began', async () => {
    const search = searchWith('phase', { hidden: 8, networkSteps: 7, acceleratorSteps: 5 }, {});
    await runSearch(search, evaluator, { pool });
    const { pairs } = pool;
    const of = (number: number) => pool.architectures[search.trials[number].candidate];
    const expected = [...Array(7).fill('network'), ...Array(5).fill('accelerator')];
    search.trials.slice(0, 12).forEach(({ reason }, i) => {
      assert.ok(reason === expected[i] || reason === 'random', `${i}: ${reason}`);
    });
    const best = bestOf(search.trials.slice(0, 7))!;
    for (let i = 7; i < 12; i++) {
      if (search.trials[i].reason === 'random') continue;
      assert.deepEqual(pairs.networkOf(of(i)), pairs.networkOf(pool.architectures[best.candidate]));
    }
  });

  it('separate: the accelerator is for the most accurate network of the first part', async () => {
    const search = searchWith('separate', { hidden: 8 }, {});
    await runSearch(search, evaluator, { pool });
    const { pairs } = pool;
    const [first, last] = [search.trials.slice(0, 20), search.trials.slice(20)];
    assert.equal(first.filter(({ reason }) => reason === 'network').length + count(first, 'random'), 20);
    const most = Math.max(
      ...first.map(({ outcome }) => (outcome && 'accuracy' in outcome ? outcome.accuracy : 0)),
    );
    for (const { candidate, reason, outcome } of last) {
      if (reason === 'random') continue;
      assert.equal(outcome && 'accuracy' in outcome && outcome.accuracy, most);
      assert.ok(pairs.networkOf(pool.architectures[candidate]));
    }
  });

  it('needs accelerators in its task', () => {
    const networks = poolOfSpace(nasbench201, 1);
    const task = { pool: networks, objective: accuracyObjective, budget: 5, seed: 1 };
    assert.throws(() => strategyNamed('combined').create(task), /give codesign weights/);
  });
});

const rewardIn = (outcome: unknown) => (outcome as { reward: number }).reward;
const count = (trials: readonly { reason: string }[], reason: string) =>
  trials.filter((trial) => trial.reason === reason).length;
