import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { pairEvaluator, rewardObjective } from '../../../src/search/codesign/pair-evaluator.js';
import { pairFront } from '../../../src/search/codesign/pair-front.js';
import { pairPool } from '../../../src/search/codesign/pair-pool.js';
import { parseWeights, type Scenario } from '../../../src/search/codesign/scenario.js';
import { pairReport } from '../../../src/search/report/pair-report.js';
import { runSearch } from '../../../src/search/run.js';
import { Search } from '../../../src/search/search.js';
import { strategyNamed } from '../../../src/search/strategies/registry.js';
import { isTrained } from '../../../src/search/trial.js';
import { nasbench201 } from '../../../src/spaces/nasbench201/space.js';
import { madeUpEvaluator } from '../made-up.js';

const scenario: Scenario = { weights: parseWeights('0.1,0.8,0.1'), limits: { maxAreaMm2: 150 } };
const pool = pairPool(nasbench201, { limits: scenario.limits });
const task = { pool, objective: rewardObjective(pool, scenario), budget: 40, parallel: 1, seed: 1 };
const search = new Search({ ...task, strategy: strategyNamed('random').create(task).strategy });
await runSearch(search, pairEvaluator(pool, scenario, madeUpEvaluator), { pool });
const trained = search.trials.filter(isTrained);

test('a report of pairs shows those with the highest rewards, each network with its accelerator', () => {
  const runs = [{ seed: 1, trials: search.trials, seconds: 1 }];
  const html = pairReport({ pool, strategy: 'random', budget: 40, task: {}, runs, baselines: [] });
  const { document } = new JSDOM(html).window;
  assert.equal(document.querySelectorAll('[src], link, script, [href^="http"]').length, 0);
  const best = trained.sort((a, b) => b.outcome.reward! - a.outcome.reward!).slice(0, 6);
  const cards = [...document.querySelectorAll('article')];
  assert.deepEqual(
    cards.map((card) => card.querySelector('h3')!.textContent),
    best.map(({ outcome }) => `Reward ${outcome.reward!.toFixed(4)}`),
  );
  best.forEach(({ candidate }, i) => {
    const pair = pool.architectures[candidate];
    const { latencyMs, areaMm2 } = pool.metricsOf(pair);
    assert.ok(cards[i].textContent!.includes(`${latencyMs.toFixed(3)} ms, ${areaMm2.toFixed(1)} mm²`));
    assert.equal(cards[i].querySelector('.drawing title')!.textContent!.includes('@'), false);
    const options = [...cards[i].querySelectorAll('td')].map((cell) => Number.parseFloat(cell.textContent!));
    assert.deepEqual(options, Object.values(pool.pairs.configurationOf(pair)));
  });
  assert.equal(document.querySelectorAll('.plots .wide svg').length, 2, 'against latency and against area');
});

test('no pair beats one of the front, and one of the front beats each other pair', () => {
  const worth = ({ candidate, outcome }: (typeof trained)[number]) => {
    const { latencyMs, areaMm2 } = pool.metricsOf(pool.architectures[candidate]);
    return [outcome.accuracy, -latencyMs, -areaMm2];
  };
  const front = pairFront(pool, trained);
  assert.ok(front.length > 1 && front.length < trained.length);
  for (const trial of trained) {
    const covered = (by: readonly (typeof trial)[]) =>
      by.some((other) => other !== trial && worth(other).every((value, axis) => value >= worth(trial)[axis]));
    assert.equal(covered(front), !front.includes(trial));
  }
});
