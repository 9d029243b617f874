import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { withinLimits } from '../../src/search/constraints.js';
import { accuracyObjective } from '../../src/search/objective.js';
import { operatorIndex, operatorLayersOf } from '../../src/search/operators/layers.js';
import { isWithin, operatorPool } from '../../src/search/operators/operator-pool.js';
import { CandidatePool, poolOf, poolOfSpace } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { runSeed } from '../../src/search/seeded-run.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions, StrategyTask } from '../../src/search/strategies/strategy.js';
import { bestOf, isTrained, type Trial } from '../../src/search/trial.js';
import { mnasnet as space } from '../../src/spaces/mnasnet/space.js';
import type { Architecture } from '../../src/spaces/space.js';
import { checkStrategy } from '../../src/testing/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const layers = operatorLayersOf(space);
/** The first slot of the last three of seven blocks. */
const LATER = 4 * 4;

/** Operators count more in later blocks, by the effects that were measured in them: HURRICANE's second premise. */
const EFFECTS = [0.52, 0.49, 0.64, 0.73, 0.91, 1.73, 1.71];
const accuracy = (architecture: Architecture) =>
  layers.reduce((sum, layer, l) => sum + (EFFECTS[l] * operatorIndex(architecture, layer)) / 11, 60);
/** An operator of any block takes 1 ms more than the one before it. */
const latency = async (networks: readonly Architecture[]) =>
  Float64Array.from(networks, (a) => layers.reduce((ms, layer) => ms + 1 + operatorIndex(a, layer), 0));

const evaluator = { evaluate: async (a: Architecture) => ({ accuracy: accuracy(a) }) };

/** A few networks of the space, which admits the others, within a limit of its latency or without. */
async function openPool(maxMs?: number): Promise<CandidatePool> {
  const random = new Random(1);
  const drawn = Array.from({ length: 300 }, () => space.sample(random));
  const all = poolOf(space, drawn, async (networks) => networks.map(() => ({ costs: {}, isWithin: true })));
  if (maxMs === undefined) return all;
  const limits = async ({ architectures }: CandidatePool) => {
    const values = await latency(architectures);
    return [{ device: 'board', bound: maxMs, values, worst: values }];
  };
  return withinLimits(all, await limits(all), limits);
}

async function trialsOf(
  given: Partial<StrategyTask> & { readonly pool: CandidatePool },
  options: StrategyOptions = {},
  name = 'hurricane',
): Promise<readonly Trial[]> {
  const task = { objective: accuracyObjective, budget: 40, seed: 1, ...given };
  const { strategy } = strategyNamed(name).create(task, options);
  const search = new Search({ ...task, strategy });
  await runSearch(search, evaluator, { pool: task.pool });
  return search.trials;
}

const slotsOf = (pool: CandidatePool, trials: readonly Trial[], from: number, to: number) =>
  new Set(trials.map(({ candidate }) => pool.architectures[candidate].subarray(from, to).join()));

test('hurricane keeps the contract of strategies', async () => {
  await checkStrategy(strategyNamed('hurricane'));
});

test('the first stage varies the later blocks alone, the second the earlier ones beside the best later ones', async () => {
  const pool = await openPool();
  const trials = await trialsOf({ pool });
  const [first, second] = [trials.slice(0, 20), trials.slice(20)];
  assert.equal(slotsOf(pool, first, 0, LATER).size, 1);
  assert.ok(slotsOf(pool, first, LATER, 28).size > 15);
  const winner = pool.architectures[bestOf(first)!.candidate].subarray(LATER).join();
  assert.deepEqual([...slotsOf(pool, second, LATER, 28)], [winner]);
  assert.equal(slotsOf(pool, second, 0, LATER).size, 20);
});

test('over a pool of operators networks have these alone, the earlier blocks the fastest of them', async () => {
  const operators = await operatorPool(space, latency, { keep: 3, references: 2, seed: 1 });
  const all = poolOfSpace(space, 1, operators);
  const pool = new CandidatePool(space, all.architectures.slice(0, 200), {}, undefined, all.admission);
  const trials = await trialsOf({ pool, operators });
  for (const { candidate } of trials) assert.ok(isWithin(operators, pool.architectures[candidate]));
  const fixed = pool.architectures[trials[0].candidate];
  for (const layer of operators.layers.slice(0, 4)) {
    const fastest = layer.operators
      .filter(({ kept }) => kept)
      .reduce((best, operator) => (operator.latencyMs < best.latencyMs ? operator : best));
    assert.equal(layer.operators[operatorIndex(fixed, layer)].name, fastest.name);
  }
});

test('networks that come into the pool keep its limit, and their latency is known', async () => {
  const pool = await openPool(22);
  const listed = pool.size;
  const trials = await trialsOf({ pool });
  assert.ok(pool.size > listed);
  assert.ok(trials.filter(({ reason }) => reason.startsWith('later layers')).length >= 10);
  const expected = await latency(pool.architectures);
  assert.deepEqual(pool.costs.board, expected);
  assert.ok(pool.costs.board.every((ms) => ms <= 22));
});

test('for as many trainings it finds better networks than random search, in two stages as in one', async () => {
  // Ten seeds, 100 networks each; by the made-up accuracies above, which the best network has 6.73 points of.
  const mean = async (name: string, options: StrategyOptions = {}) => {
    let sum = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const trials = await trialsOf({ pool: await openPool(), seed, budget: 100 }, options, name);
      sum += bestOf(trials)!.outcome.accuracy / 10;
    }
    return sum;
  };
  const random = await mean('random');
  for (const stages of [1, 2]) {
    const found = await mean('hurricane', { stages });
    assert.ok(found > random + 0.5, `${stages} stages: ${found}, random ${random}`);
  }
});

test('a run that was killed goes on in a pool that has grown', async () => {
  const folder = await temporaryFolder();
  const options = strategyNamed('hurricane').optionsWith({});
  const run = async (log: string, kill?: number) => {
    const pool = await openPool(40);
    const killed = new AbortController();
    return runSeed(
      {
        strategy: 'hurricane',
        options,
        objective: 'accuracy',
        budget: 30,
        parallel: 1,
        seed: 1,
        log,
        resume: true,
      },
      { pool, evaluator, hints: {}, described: {} },
      {
        signal: killed.signal,
        onTold: ({ trained }) => {
          if (trained === kill) killed.abort();
        },
      },
    );
  };
  const whole = await run(join(folder, 'whole'));
  const half = await run(join(folder, 'half'), 17);
  assert.equal(half.trials.filter(isTrained).length, 17);
  const rest = await run(join(folder, 'half'));
  assert.deepEqual(
    rest.trials.map(({ candidate, reason }) => [candidate, reason]),
    whole.trials.map(({ candidate, reason }) => [candidate, reason]),
  );
});
