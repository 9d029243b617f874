import { join } from 'node:path';
import { mean, median, min } from 'simple-statistics';
import { meanAndStd, spearman } from '../../src/predictors/metrics.js';
import { readArchitectureTable, tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import { type CandidatePool, poolOf } from '../../src/search/pool.js';
import type { Search } from '../../src/search/search.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { bestOf, isTrained } from '../../src/search/trial.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { meanStdText } from '../format.js';
import { type BenchOptions, runPieces } from '../pieces.js';
import { poolValues, type Setting, searchOnce } from './runs.js';
import { printTable, type SearchTable } from './tables.js';

/** Seen: validation accuracy after 12 epochs, as in a search without a test set. True: test accuracy after 200. */
interface ShortTraining {
  readonly name: 'cifar10' | 'cifar100';
  readonly pool: CandidatePool;
  /** `[candidate]`, %. */
  readonly seen: Float64Array;
  readonly true: Float64Array;
}

export async function shortTrainings(data: string): Promise<ShortTraining[]> {
  const file = join(data, 'nasbench201/accuracy.csv.gz');
  const columns = ['cifar10', 'cifar100'].flatMap((name) => [`${name}_valid_12ep`, `${name}_test_200ep`]);
  const { architectures, values } = await readArchitectureTable(file, space, columns);
  const pool = poolOf(space, architectures);
  return (['cifar10', 'cifar100'] as const).map((name) => ({
    name,
    pool,
    seen: poolValues(pool, architectures, values[`${name}_valid_12ep`]),
    true: poolValues(pool, architectures, values[`${name}_test_200ep`]),
  }));
}

interface ScoreRow {
  readonly dataSet: string;
  readonly what: string;
  readonly values: readonly number[];
}

const SCORED = [4, 8, 20];
const RUNS = 500;
/** Two networks are equal whose seen accuracies differ by at most so many points. */
const EQUAL = 0.3;
const BANDS = [1, 0.5, 0.2, 0.1, 0.05];
const PAIRS = 20_000;

/** What NA's assumption and its score are worth on measured accuracies, and its random search. */
export async function flatnessTables(dataSets: readonly ShortTraining[], options: BenchOptions) {
  const pieces = dataSets.flatMap((data) => [
    { name: `search/flatness/score/${data.name}`, run: async () => scoreRows(data) },
    { name: `search/flatness/na-rs/${data.name}`, run: () => randomSearchRows(data) },
  ]);
  const rows = await runPieces<ScoreRow>(pieces, options);
  if (!rows) return;
  const table = (title: string, prefix: string, head: string[]) =>
    printTable(
      title,
      ['', ...head],
      rows
        .filter(({ what }) => what.startsWith(prefix))
        .map(({ dataSet, what, values }) => [
          `${dataSet}: ${what.slice(prefix.length)}`,
          ...values.map((value) => value.toFixed(3)),
        ]),
    );
  table(
    'Spearman of 12-epoch validation accuracy with 200-epoch test accuracy, all networks and the 100 best in testing:',
    'score ',
    ['all', 'best 100'],
  );
  table(
    'Share of pairs of equal validation accuracy in which the network with the better neighbours is better in testing:',
    'pairs ',
    ['all', 'top half', 'fifth', 'tenth', 'twentieth'],
  );
  table(
    `Test % of the network that na-rs returns after scoring n, mean over ${RUNS} seeds:`,
    'na-rs ',
    SCORED.map((n) => `n = ${n}`),
  );
}

function scoreRows({ name, pool, seen, true: truth }: ShortTraining): ScoreRow[] {
  const around = pool.architectures.map((_, i) => pool.oneChoiceAway(i).map((j) => seen[j]));
  const scores: Record<string, Float64Array> = {
    own: seen,
    'mean of self and neighbours': seen.map((own, i) => mean([own, ...around[i]])),
    median: seen.map((own, i) => median([own, ...around[i]])),
    minimum: seen.map((own, i) => min([own, ...around[i]])),
  };
  const order = [...truth.keys()].sort((a, b) => truth[b] - truth[a]);
  const of = (values: Float64Array, which: readonly number[]) => Float64Array.from(which, (i) => values[i]);
  const rows = Object.entries(scores).map(([what, score]) => ({
    dataSet: name,
    what: `score ${what}`,
    values: [order, order.slice(0, 100)].map((which) => spearman(of(score, which), of(truth, which))),
  }));
  const neighbours = seen.map((own, i) => (around[i].length > 0 ? mean(around[i]) : own));
  const bySeen = [...seen.keys()].sort((a, b) => seen[b] - seen[a]);
  const bands = BANDS.map((share) => bySeen.slice(0, Math.round(share * bySeen.length)));
  const right = bands.map((band) => shareOfPairs(band, seen, neighbours, truth));
  return [...rows, { dataSet: name, what: 'pairs by the mean of the neighbours', values: right }];
}

/** Of pairs in a band (sorted by what is seen, so that equal ones stand together) those that neighbours order rightly. */
function shareOfPairs(
  band: readonly number[],
  seen: Float64Array,
  neighbours: Float64Array,
  truth: Float64Array,
): number {
  let [pairs, right] = [0, 0];
  // Evenly spread first partners, so that each band has about as many pairs.
  const step = Math.max(1, Math.floor((band.length * 20) / PAIRS));
  for (let a = 0; a < band.length; a += step) {
    for (let b = a + 1; b < band.length && seen[band[a]] - seen[band[b]] <= EQUAL; b++) {
      const difference = truth[band[a]] - truth[band[b]];
      if (difference === 0) continue;
      pairs++;
      right += Number(Math.sign(neighbours[band[a]] - neighbours[band[b]]) === Math.sign(difference));
    }
  }
  return right / pairs;
}

async function randomSearchRows({ name, pool, seen, true: truth }: ShortTraining): Promise<ScoreRow[]> {
  const evaluator = tableEvaluator(space, pool.architectures, seen);
  const results: Record<string, number[]>[] = [];
  for (const scored of SCORED) {
    const returned: Record<string, number[]> = { own: [], mean: [], 'random, as many trainings': [] };
    for (let seed = 1; seed <= RUNS; seed++) {
      const whole = await runOf('na-rs', { neighbours: 24 }, scored * 25, seed);
      const centres = whole.trials.filter(({ reason }) => reason === 'centre').slice(0, scored);
      const until = whole.trials.slice(0, endOf(whole.trials, centres.length));
      const own = centres
        .filter(isTrained)
        .reduce((a, b) => (b.outcome.accuracy > a.outcome.accuracy ? b : a));
      returned.own.push(truth[own.candidate]);
      const chosen = await whole.strategy.choose!(until);
      returned.mean.push(truth[chosen!.candidate]);
      const random = await runOf('random', {}, until.length, seed);
      returned['random, as many trainings'].push(truth[bestOf(random.trials)!.candidate]);
    }
    results.push(returned);
  }
  return Object.keys(results[0]).map((what) => ({
    dataSet: name,
    what: `na-rs ${what}`,
    values: results.map((returned) => meanAndStd(returned[what]).mean),
  }));

  /** Trials up to the end of the n-th neighbourhood. */
  function endOf(trials: Search['trials'], n: number): number {
    const starts = trials.flatMap(({ reason }, i) => (reason === 'centre' ? [i] : []));
    return starts[n] ?? trials.length;
  }

  function runOf(kind: string, options: StrategyOptions, budget: number, seed: number) {
    return searchOnce(kind, options, { pool, budget, seed }, evaluator);
  }
}

/** On CIFAR-10 the share is chosen, with seeds from 101: 0.25, of those above 0; on CIFAR-100 it is shown, beside 0.5. */
const SHARES = [0, 0.25, 0.5, 0.75];
const SHOWN = [0, 0.25, 0.5];
const CHOOSING_SEEDS = [101, 102, 103, 104, 105, 106];
const GUIDED = { brp: {}, gcn: { samples: 50 } };

/** `flat` in the strategies that have a predictor: what is returned after 100 short trainings, by true accuracy. */
export function flatTable(dataSets: readonly ShortTraining[]): SearchTable {
  const settings = dataSets.flatMap((data) =>
    Object.entries(GUIDED).flatMap(([strategy, options]) =>
      (data.name === 'cifar10' ? SHARES : SHOWN).map(
        (flat): Setting => ({
          name: `flat/${data.name}/${strategy}/${flat}`,
          strategy,
          options: { ...options, flat },
          budget: 100,
          ...(data.name === 'cifar10' && { seeds: CHOOSING_SEEDS }),
          task: () => ({ pool: data.pool, accuracies: data.true, told: data.seen }),
        }),
      ),
    ),
  );
  return {
    settings,
    print: (runsOf) =>
      printTable(
        'Test % of the network returned after 100 trainings, each judged by its 12-epoch validation accuracy:',
        ['data set', 'strategy', 'flat', 'returned', 'best trained', 'seeds'],
        settings.map(({ name }) => {
          const runs = runsOf(name);
          const [, dataSet, strategy, share] = name.split('/');
          if (runs.length === 0) return [];
          const returned = runs.map((run) => run.returned!);
          const best = runs.map((run) => run.best[run.best.length - 1]);
          return [dataSet, strategy, share, meanStdText(returned, 2), meanStdText(best, 2), `${runs.length}`];
        }),
      ),
  };
}
