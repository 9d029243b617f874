import { mean } from 'simple-statistics';
import { plainTable } from '../../cli/table.js';
import { energyRanks, uniformRanks } from '../../src/compress/baselines.js';
import { loadShippedG2p } from '../../src/compress/g2p/shipped.js';
import { bestWithin, prepareCompression } from '../../src/compress/prepare.js';
import { runSeed } from '../../src/search/seeded-run.js';
import { meanStdText } from '../format.js';
import type { Piece } from '../pieces.js';
import type { CompressSetting, RanksRow, Row } from './setting.js';

const LIMITS = [1 / 2, 1 / 3, 1 / 4];
/** A limit at which all strategies are held against each other; at the others only the quick ones are. */
const MAIN = 1 / 3;
const SEEDS = [1, 2, 3];
/** Evaluations of a search, and those with which `rl` is held against `greedy`, as it was published. */
const BUDGET = 120;
const LONG_BUDGET = 1000;
const WORDS = 300;
const SEARCHES = ['rl', 'evolution', 'random'];
const BASELINES = { uniform: uniformRanks, energy: energyRanks };

/** Strategies without retraining, by their error on the test set, which none of them has seen. */
export function rankPieces(shared: () => Promise<CompressSetting>): Piece<Row>[] {
  return LIMITS.flatMap((limit) => {
    const name = `${(1 / limit).toFixed(0)}x`;
    const search = (strategy: string, seed: number, budget = BUDGET) => ({
      name: [name, strategy, ...(budget === BUDGET ? [] : [budget]), seed].join('/'),
      run: () => searched(strategy, seed, limit, budget, shared),
    });
    const searches = SEEDS.flatMap((seed) => [
      ...SEARCHES.map((strategy) => search(strategy, seed)),
      search('rl', seed, LONG_BUDGET),
    ]);
    return [
      { name: `${name}/baselines`, run: () => baselines(limit, shared) },
      search('greedy', 1),
      ...(limit === MAIN ? searches : []),
    ];
  });
}

async function baselines(maxParameters: number, shared: () => Promise<CompressSetting>): Promise<RanksRow[]> {
  const { model, words, representative, errorPercent, evaluator } = await shared();
  const some = await representative(WORDS, 1);
  const { pool } = prepareCompression({
    model,
    evaluator: evaluator(some),
    limits: { maxParameters },
    described: {},
  });
  const rows: RanksRow[] = [];
  for (const [strategy, ranksOf] of Object.entries(BASELINES)) {
    const ranks = ranksOf(model, pool.goal);
    if (!ranks) continue;
    rows.push({
      kind: 'ranks',
      strategy,
      seed: 1,
      maxParameters,
      evaluations: 0,
      ranks: pool.space.format(ranks),
      parameters: pool.goal.costs.parameters(ranks),
      errorPercent: await errorPercent(ranks, some),
      testErrorPercent: await errorPercent(ranks, words.test),
      seconds: 0,
    });
  }
  return rows;
}

async function searched(
  strategy: string,
  seed: number,
  maxParameters: number,
  budget: number,
  shared: () => Promise<CompressSetting>,
): Promise<RanksRow[]> {
  const { model, words, representative, errorPercent, evaluator } = await shared();
  const some = await representative(WORDS, seed);
  const prepared = prepareCompression({
    model,
    evaluator: evaluator(some),
    limits: { maxParameters },
    described: {},
  });
  const task = { strategy, options: {}, objective: 'accuracy', budget, parallel: 1, seed } as const;
  const { trials, seconds } = await runSeed(task, prepared);
  const best = bestWithin(prepared, trials);
  if (!best) return [];
  const { pool } = prepared;
  const ranks = pool.architectures[best.candidate];
  return [
    {
      kind: 'ranks',
      strategy,
      seed,
      maxParameters,
      evaluations: budget,
      ranks: pool.space.format(ranks),
      parameters: pool.goal.costs.parameters(ranks),
      errorPercent: 100 - best.outcome.accuracy,
      testErrorPercent: await errorPercent(ranks, words.test),
      seconds,
    },
  ];
}

export async function printRanks(rows: readonly RanksRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { scores } = (await loadShippedG2p()).card;
  const [valid, test] = [scores.valid, scores.test].map(
    ({ wordErrorPercent: word, phonemeErrorPercent: phoneme }) =>
      `word error ${word.toFixed(2)} % and phoneme error ${phoneme.toFixed(2)} %`,
  );
  console.log(`The dense model has ${valid} in validation, ${test} in testing.`);
  console.log(
    `Without retraining, ranks judged on ${WORDS} words: word error in testing, mean and standard deviation over seeds:`,
  );
  const table = plainTable([
    'parameters',
    'strategy',
    'evaluations',
    'seeds',
    'left',
    'word error %',
    'on its own words %',
    's',
  ]);
  for (const limit of LIMITS) {
    const kinds: [strategy: string, evaluations: number][] = [
      ...Object.keys(BASELINES).map((strategy): [string, number] => [strategy, 0]),
      ...['greedy', ...SEARCHES].map((strategy): [string, number] => [strategy, BUDGET]),
      ['rl', LONG_BUDGET],
    ];
    for (const [strategy, evaluations] of kinds) {
      const own = rows.filter(
        (row) => row.maxParameters === limit && row.strategy === strategy && row.evaluations === evaluations,
      );
      if (own.length === 0) continue;
      const over = (value: (row: RanksRow) => number, digits: number) => mean(own.map(value)).toFixed(digits);
      table.push([
        `1/${(1 / limit).toFixed(0)}`,
        strategy,
        evaluations,
        own.length,
        over(({ parameters }) => parameters, 3),
        meanStdText(
          own.map(({ testErrorPercent }) => testErrorPercent),
          2,
        ),
        over(({ errorPercent }) => errorPercent, 2),
        over(({ seconds }) => seconds, 0),
      ]);
    }
  }
  console.log(table.toString());
}
