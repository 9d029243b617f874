import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/base/random.js';
import { frontOf, paretoObjective } from '../../src/search/objective.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import { isTrained, type TrainedTrial } from '../../src/search/trial.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { madeUpEvaluator, QUICK, smallPool } from './made-up.js';

const all = smallPool();
const macs = Float64Array.from(all.architectures, (a) => nasbench201.macs(a));
const pool = all.restrictedTo(() => true, { board: macs });
const trial = (candidate: number, accuracy: number): TrainedTrial => ({
  candidate,
  number: candidate,
  round: 0,
  reason: '',
  outcome: { accuracy },
});

test('a network that is better in everything has the higher value, whatever the weights', () => {
  const byCost = [...macs.keys()].sort((a, b) => macs[a] - macs[b]);
  const [cheap, dear] = [byCost[0], byCost[byCost.length - 1]];
  const objective = paretoObjective(pool);
  const trained = [trial(cheap, 60), trial(dear, 50)];
  for (let seed = 0; seed < 50; seed++) {
    const value = objective.value(trained, new Random(seed));
    assert.ok(value(60, cheap) > value(50, dear));
  }
});

test('the front leaves out what is dominated, and hypervolume grows with what is added', () => {
  const byCost = [...macs.keys()].sort((a, b) => macs[a] - macs[b]);
  const [cheap, middle, dear] = [byCost[0], byCost[300], byCost[byCost.length - 1]];
  const two = frontOf(pool, [trial(cheap, 40), trial(dear, 39)]);
  assert.deepEqual(
    two.front.map(({ candidate }) => candidate),
    [cheap],
  );
  const three = frontOf(pool, [trial(cheap, 40), trial(dear, 39), trial(middle, 70)]);
  assert.equal(three.front.length, 2);
  assert.ok(three.hypervolume > two.hypervolume);
  assert.equal(frontOf(pool, []).hypervolume, 0);
});

test('searching for the front covers more of it than random networks do', async () => {
  const volume = async (name: string, seed: number) => {
    const task = { pool, objective: paretoObjective(pool), budget: 60, parallel: 1, seed };
    const options = name === 'brp' ? { ...QUICK, samples: 40, rounds: 4 } : {};
    const search = new Search({ ...task, strategy: strategyNamed(name).create(task, options).strategy });
    await runSearch(search, madeUpEvaluator, { pool });
    return frontOf(pool, search.trials.filter(isTrained)).hypervolume;
  };
  const seeds = [1, 2, 3];
  const mean = async (name: string) =>
    (await Promise.all(seeds.map((seed) => volume(name, seed)))).reduce((a, b) => a + b) / seeds.length;
  const [random, evolution, brp] = [await mean('random'), await mean('evolution'), await mean('brp')];
  assert.ok(evolution > random, `evolution ${evolution}, random ${random}`);
  assert.ok(brp > random, `brp ${brp}, random ${random}`);
});
