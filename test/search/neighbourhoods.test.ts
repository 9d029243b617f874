import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spearman } from '../../src/predictors/metrics.js';
import { withinLimits } from '../../src/search/constraints.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { Neighbourhoods } from '../../src/search/neighbourhoods.js';
import { accuracyObjective } from '../../src/search/objective.js';
import { poolOf, poolOfSpace } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { brpKind } from '../../src/search/strategies/brp.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { isTrained } from '../../src/search/trial.js';
import { mnasnet } from '../../src/spaces/mnasnet/space.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { needsShared, sharedData } from '../shared-data.js';
import { madeUpAccuracy, QUICK, smallPool } from './made-up.js';

const whole = poolOfSpace(space, 1);

test('a mixed score is the mean over the classes one choice away, the own class left out', () => {
  const scores = Float64Array.from(whole.architectures, (_, i) => Math.sin(i));
  const mixed = new Neighbourhoods(whole).mixed(scores, 0.25);
  for (const candidate of [0, 100, whole.size - 1]) {
    const own = whole.architectures[candidate];
    const classes = new Set<number>();
    for (let edge = 0; edge < own.length; edge++) {
      for (let option = 0; option < 5; option++) {
        const neighbour = whole.candidateOf(own.with(edge, option));
        // Networks without a path to the output are no candidates, and isomorphic ones are the network itself.
        if (neighbour !== undefined && neighbour !== candidate) classes.add(neighbour);
      }
    }
    const mean = [...classes].reduce((sum, i) => sum + scores[i], 0) / classes.size;
    assert.ok(Math.abs(mixed[candidate] - (0.75 * scores[candidate] + 0.25 * mean)) < 1e-12);
  }
});

test('networks over a limit count as neighbours, and are never chosen', () => {
  const ms = Float64Array.from(whole.architectures, (a) => space.macs(a) / 1e7);
  const within = withinLimits(whole, [{ device: 'd', bound: 8, values: ms, worst: ms }]);
  const all = new Neighbourhoods(within);
  assert.equal(all.seen.size, whole.size);
  assert.equal(new Neighbourhoods(within, false).seen.size, within.size);
  const truth = Float64Array.from(all.seen.architectures, madeUpAccuracy);
  const expected = new Neighbourhoods(whole).mixed(Float64Array.from(whole.architectures, madeUpAccuracy), 1);
  const mixed = all.mixed(truth, 1);
  assert.equal(mixed.length, within.size);
  within.architectures.forEach((a, i) => {
    assert.ok(Math.abs(mixed[i] - expected[whole.candidateOf(a)!]) < 1e-9);
  });
});

test('a sample of a space too large to list has no neighbourhoods, and says so', () => {
  const few = poolOf(mnasnet, [mnasnet.at(1), mnasnet.at(123_456_789)]);
  assert.throws(
    () => new Neighbourhoods(few),
    /no two of the 2 candidates are neighbours: mnasnet is too large/,
  );
});

/** A network that is better than all others alone, and bad around. */
async function chosenWithPeak(name: string, options: StrategyOptions, budget: number) {
  const pool = smallPool();
  const peak = [...pool.architectures.keys()].reduce((a, b) =>
    madeUpAccuracy(pool.architectures[b]) < madeUpAccuracy(pool.architectures[a]) ? b : a,
  );
  const truth = pool.architectures.map((a, i) => (i === peak ? 99 : madeUpAccuracy(a)));
  const { strategy } = strategyNamed(name).create(
    { pool, objective: accuracyObjective, budget, seed: 3 },
    options,
  );
  const search = new Search({ pool, strategy, budget, seed: 3 });
  const evaluator = {
    evaluate: async (a: Uint8Array) => ({ accuracy: truth[pool.candidateOf(a)!] }),
  };
  await runSearch(search, evaluator, { pool });
  return { pool, peak, search, chosen: await strategy.choose?.(search.trials) };
}

test('na-rs trains neighbours with each network, counts them, and returns the best neighbourhood', async () => {
  // All networks of the small pool, so that the lone peak is surely among the centres or their neighbours.
  const { pool, search, chosen } = await chosenWithPeak('na-rs', { neighbours: 3 }, 60);
  assert.equal(search.trained, 60);
  const centres = search.trials.filter(({ reason }) => reason === 'centre');
  for (const { number, candidate } of centres) {
    const around = search.trials.filter(({ parent }) => parent === number);
    assert.ok(around.length <= 3);
    for (const trial of around) assert.ok(pool.neighbours(candidate).includes(trial.candidate));
  }
  const accuracy = new Map(
    search.trials.filter(isTrained).map(({ candidate, outcome }) => [candidate, outcome.accuracy]),
  );
  const meanOf = (candidate: number) => {
    const known = [candidate, ...pool.neighbours(candidate)].flatMap((i) => accuracy.get(i) ?? []);
    return known.reduce((sum, a) => sum + a, 0) / known.length;
  };
  const best = Math.max(...centres.map(({ candidate }) => meanOf(candidate)));
  assert.equal(meanOf(chosen!.candidate), best);
});

test('by its minimum na-rs never returns a lone peak that it has trained', async () => {
  const { peak, search, chosen, pool } = await chosenWithPeak('na-rs', { aggregate: 'min' }, 645);
  assert.equal(search.trained, pool.size);
  assert.notEqual(chosen!.candidate, peak);
});

test('brp with flat returns no lone peak; without, it has no choice of its own', async () => {
  const options = { ...QUICK, samples: 24, rounds: 3, flat: 0.9 };
  const flat = await chosenWithPeak('brp', options, 40);
  const trained = flat.search.trials.filter(isTrained);
  assert.ok(trained.includes(flat.chosen!));
  assert.notEqual(flat.chosen!.candidate, flat.peak);
  assert.equal((await chosenWithPeak('brp', { ...options, flat: 0 }, 30)).chosen, undefined);
});

test('flat is no part of the options that logs of runs without it have', () => {
  assert.ok(!('flat' in brpKind.optionsWith({})));
});

for (const dataSet of ['cifar10', 'cifar100']) {
  test(`${dataSet}: after 12 epochs the mean with the neighbours ranks better than the own accuracy`, {
    skip: needsShared('nasbench201/accuracy.csv.gz'),
  }, async () => {
    const columns = [`${dataSet}_valid_12ep`, `${dataSet}_test_200ep`];
    const file = sharedData('nasbench201/accuracy.csv.gz')!;
    const { architectures, values } = await readArchitectureTable(file, space, columns);
    const pool = poolOf(space, architectures);
    const row = new Map(architectures.map((a, i) => [space.format(a), i]));
    const [seen, truth] = columns.map((column) =>
      Float64Array.from(pool.architectures, (a) => values[column][row.get(space.format(a))!]),
    );
    const own = spearman(seen, truth);
    const mixed = spearman(new Neighbourhoods(pool).mixed(seen, 24 / 25), truth);
    assert.ok(mixed - own >= 0.04, `own ${own}, with neighbours ${mixed}`);
  });
}
