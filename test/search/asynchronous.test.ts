import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/base/package-root.js';
import { accuracyObjective } from '../../src/search/objective.js';
import { runSearch } from '../../src/search/run.js';
import { type RunEvent, readRun } from '../../src/search/run-log.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { Strategy, StrategyOptions } from '../../src/search/strategies/strategy.js';
import type { Proposal, Trial } from '../../src/search/trial.js';
import { madeUpAccuracy, QUICK, smallPool } from './made-up.js';

const pool = smallPool();
const BUDGET = 22;
const TRAINERS = 4;

const STRATEGIES: readonly (readonly [string, StrategyOptions])[] = [
  ['random', {}],
  ['evolution', { population: 6, tournament: 3 }],
  ['local', {}],
  ['brp', { ...QUICK, rounds: 4, samples: 16 }],
  ['brp', { ...QUICK, rounds: 4, samples: 16, flat: 0.5 }],
  ['gcn', { ...QUICK, samples: 8 }],
  ['na-rs', { neighbours: 3 }],
  ['nas', { hidden: 8 }],
  ['la-darts', { samples: 6, steps: 20, restarts: 4 }],
];

function begun(name: string, options: StrategyOptions, events: RunEvent[] = []): Search {
  const task = { pool, objective: accuracyObjective, budget: BUDGET, seed: 1 };
  const { strategy } = strategyNamed(name).create(task, options);
  return new Search({ ...task, strategy, log: { append: (event) => void events.push(event) } });
}

/**
 * Trains with four trainers, of which the one at `order(told)` of those that are at it ends next.
 *
 * @returns the most that were trained at once when one ended
 */
async function train(search: Search, order: (told: number) => number, until = BUDGET): Promise<number[]> {
  const underWay: Trial[] = [];
  const atOnce: number[] = [];
  for (let told = search.trials.length - search.pending; told < until; told++) {
    while (underWay.length < TRAINERS) {
      const trial = await search.ask();
      if (!trial) break;
      underWay.push(trial);
      underWay.sort((a, b) => a.number - b.number);
    }
    atOnce.push(underWay.length);
    const [ended] = underWay.splice(order(told) % underWay.length, 1);
    // Of every seven one fails.
    const outcome =
      ended.number % 7 === 5
        ? { error: 'out of memory' }
        : { accuracy: madeUpAccuracy(pool.architectures[ended.candidate]) };
    search.tell(ended.number, outcome);
  }
  return atOnce;
}
const course = ({ trials }: Search) =>
  trials.map(({ candidate, reason, round }) => [candidate, reason, round]);
const lastFirst = () => TRAINERS - 1;
const mixed = (told: number) => (told * 7) % 5;

for (const [name, options] of STRATEGIES) {
  const title = `${name}${'flat' in options ? ' flat' : ''}`;
  test(`${title}: a free trainer gets another network while the first one is still trained`, async () => {
    const search = begun(name, options);
    // The first network takes until the end of the search.
    const atOnce = await train(search, lastFirst, BUDGET - TRAINERS);
    assert.deepEqual([...new Set(atOnce)], [TRAINERS]);
    assert.equal(search.trials[0].outcome, undefined);
    const candidates = search.trials.map(({ candidate }) => candidate);
    assert.equal(
      new Set(candidates).size,
      candidates.length,
      'no network is proposed again while it is trained',
    );
    assert.ok(search.trained + search.pending <= BUDGET, 'nor more than the budget');
  });

  test(`${title}: the order of the outcomes decides the proposals, and a run that is cut off keeps it`, async () => {
    const events: RunEvent[] = [];
    const whole = begun(name, options, events);
    await train(whole, mixed);
    const again = begun(name, options);
    await train(again, mixed);
    assert.deepEqual(course(again), course(whole));
    for (const share of [0.35, 0.8]) {
      const before = events.slice(0, Math.floor(share * events.length));
      const resumed = begun(name, options);
      await resumed.replay(before);
      await train(resumed, mixed);
      assert.deepEqual(course(resumed), course(whole), `cut at ${share}`);
    }
  });
}

test('evolution has children of what is known, whoever is late', async () => {
  const [early, late] = [begun('evolution', { population: 6 }), begun('evolution', { population: 6 })];
  await train(early, () => 0);
  await train(late, lastFirst);
  assert.notDeepEqual(course(early), course(late));
  for (const { parent, number } of late.trials) assert.ok(parent === undefined || parent < number);
});

test('an outcome that is told while a strategy ponders is for the next round, also after a resumption', async () => {
  const seen: number[][] = [];
  let pondered: () => void = () => {};
  const pondering: Strategy = {
    async propose(trials): Promise<Proposal[]> {
      seen.push(trials.flatMap(({ number, outcome }) => (outcome ? [number] : [])));
      await new Promise<void>((resolve) => {
        pondered = resolve;
      });
      return [{ candidate: trials.length, reason: 'next' }];
    },
    async recall(trials) {
      seen.push(trials.flatMap(({ number, outcome }) => (outcome ? [number] : [])));
    },
  };
  const events: RunEvent[] = [];
  const task = { pool, strategy: pondering, budget: 5, seed: 1 };
  const search = new Search({ ...task, log: { append: (event) => void events.push(event) } });
  const asked = async (meanwhile = () => {}) => {
    const trial = search.ask();
    await new Promise(setImmediate);
    meanwhile();
    pondered();
    return trial;
  };
  await asked();
  await asked();
  await asked(() => search.tell(2, { accuracy: 50 }));
  await asked();
  const known = [[], [], [], [2]];
  assert.deepEqual(seen, known);
  seen.length = 0;
  await new Search(task).replay(events);
  assert.deepEqual(seen, known);
});

test('a log of rounds that waited for their last network is drawn again as it was', async () => {
  // Written by tempograph 0.2: `nas`, three at a time.
  const { events } = readRun(join(packageRoot, 'test/fixtures/rounds-of-three.jsonl'));
  const task = { pool, objective: accuracyObjective, budget: 12, seed: 1 };
  const { strategy } = strategyNamed('nas').create(task);
  const drawn: string[] = [];
  const recalling: Strategy = {
    propose: (...given) => strategy.propose(...given),
    async recall(...given) {
      const proposals = (await strategy.recall!(...given)) as Proposal[];
      drawn.push(...proposals.map(({ candidate }) => pool.space.format(pool.architectures[candidate])));
    },
  };
  await new Search({ ...task, strategy: recalling }).replay(events);
  assert.deepEqual(
    drawn,
    events.flatMap((event) => (event.event === 'round' ? event.trials.map(({ arch }) => arch) : [])),
  );
  assert.equal(drawn.length, 12);
});

test('an evaluator trains the next network as soon as one ends, and an error in it ends the run', async () => {
  const search = begun('evolution', { population: 6 });
  let [running, most] = [0, 0];
  let release: () => void = () => {};
  const slowest = new Promise<void>((resolve) => {
    release = resolve;
  });
  let calls = 0;
  const evaluator = {
    async evaluate(architecture: Uint8Array) {
      const isFirst = calls++ === 0;
      most = Math.max(most, ++running);
      // The first network is done when all others are.
      await (isFirst ? slowest : new Promise(setImmediate));
      if (calls === BUDGET) release();
      running--;
      return { accuracy: madeUpAccuracy(architecture) };
    },
  };
  await runSearch(search, evaluator, { pool, parallel: 3 });
  assert.deepEqual([search.trained, most], [BUDGET, 3]);
  const broken = { evaluate: () => Promise.reject(new Error('no such GPU')) };
  await assert.rejects(runSearch(begun('random', {}), broken, { pool, parallel: 2 }), /no such GPU/);
});
