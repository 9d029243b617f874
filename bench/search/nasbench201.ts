import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { packageRoot } from '../../src/base/package-root.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { AccuracyPredictor } from '../../src/search/accuracy-predictor.js';
import { readArchitectureTable } from '../../src/search/evaluators/accuracy-table.js';
import { CandidatePool, poolOf } from '../../src/search/pool.js';
import { sortedByComparison } from '../../src/search/ranking.js';
import { meanCurve } from '../../src/search/report/curve.js';
import { curvePlot } from '../../src/search/report/curve-plot.js';
import { publishedSearch } from '../../src/search/strategies/brp-paper.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201/space.js';
import { type BenchOptions, runPieces } from '../pieces.js';
import { type BenchTask, poolValues, type Setting } from './runs.js';
import { bestAfter, foundWithin, printTable, type SearchTable, trainingsUntilOptimum } from './tables.js';

const ACCURACY = 'cifar100_test_200ep';
const SELECTION = 'cifar100_valid_12ep';

/** The shared table's networks, with test accuracies and those that a user has without the test set. */
export async function cifar100(
  data: string,
): Promise<Required<Pick<BenchTask, 'pool' | 'accuracies' | 'selection'>>> {
  const file = join(data, 'nasbench201/accuracy.csv.gz');
  const { architectures, values } = await readArchitectureTable(file, space, [ACCURACY, SELECTION]);
  const pool = poolOf(space, architectures);
  const columnOf = (column: string) => poolValues(pool, architectures, values[column]);
  return { pool, accuracies: columnOf(ACCURACY), selection: columnOf(SELECTION) };
}

export type Cifar100 = Awaited<ReturnType<typeof cifar100>>;

/** How long it takes to embed and sort all networks of the space, dead operations and isomorphic ones included. */
export async function rankingTime(data: Cifar100, options: BenchOptions): Promise<void> {
  const run = async () => {
    const pool = new CandidatePool(space, [...architecturesOf(space)]);
    const known = data.pool.architectures.slice(0, 20);
    const samples = known.map((a, i) => ({ candidate: pool.candidateOf(a)!, value: data.accuracies[i] }));
    const predictor = new AccuracyPredictor(pool, { ...publishedSearch, steps: 1 }, 1);
    await predictor.fit(samples, 0);
    const started = performance.now();
    sortedByComparison(await predictor.fit(samples, 1));
    return [{ networks: pool.size, ms: performance.now() - started }];
  };
  const rows = await runPieces([{ name: 'search/ranking', run }], options);
  for (const { networks, ms } of rows ?? []) {
    console.log(
      `Ranking ${networks.toLocaleString('en')} networks: ${ms.toFixed(0)} ms, one thread, session and one training step included`,
    );
  }
}

/** One shot learns from 50, so that there is something to see after 100. */
export const STRATEGIES: Readonly<Record<string, StrategyOptions>> = {
  random: {},
  'na-rs': {},
  evolution: {},
  local: {},
  gcn: { samples: 50 },
  'la-darts': {},
  'na-darts': {},
  'brp-paper': {},
  brp: {},
};

/** A strategy's runs of 200; their first hundred networks are those of runs of half the budget. */
export const strategyRuns = (data: Cifar100, strategy: string): Setting => ({
  name: `strategies/${strategy}`,
  strategy,
  options: STRATEGIES[strategy],
  budget: 200,
  task: () => data,
});

/** All strategies beside each other: how good the best is after n trained networks. */
export const strategiesTable = (data: Cifar100): SearchTable => ({
  settings: Object.keys(STRATEGIES).map((strategy) => strategyRuns(data, strategy)),
  async print(runsOf) {
    const steps = [25, 50, 100, 200];
    const all = Object.keys(STRATEGIES)
      .map((name) => ({ name, runs: runsOf(`strategies/${name}`) }))
      .filter(({ runs }) => runs.length > 0);
    if (all.length === 0) return;
    const optimum = data.accuracies.reduce((a, b) => Math.max(a, b));
    printTable(
      `Mean ± standard deviation over seeds; the best network has ${optimum.toFixed(2)} %:`,
      [
        'CIFAR-100 test %, best of',
        ...steps.map(String),
        'optimum in 100',
        'trainings until it',
        's per 100',
      ],
      all.map(({ name, runs }) => {
        const seconds = meanAndStd(runs.map((run) => run.seconds)).mean.toFixed(1);
        return [
          name,
          ...bestAfter(runs, steps),
          foundWithin(runs, 100),
          trainingsUntilOptimum(runs),
          seconds,
        ];
      }),
    );
    printTable(
      'The network chosen by its 12-epoch validation accuracy:',
      ['CIFAR-100 test %, of', ...steps.map(String)],
      all.map(({ name, runs }) => [
        name,
        ...bestAfter(
          runs.map(({ selected: best }) => ({ best })),
          steps,
        ),
      ]),
    );
    const curves = all.map(({ name, runs }) => ({ name, points: meanCurve(runs.map(({ best }) => best)) }));
    const plot = curvePlot({
      title: 'Best accuracy among the networks trained so far',
      subtitle: 'NAS-Bench-201, CIFAR-100 test, 200 epochs; mean ± std over seeds',
      curves,
      optimum,
      from: 10,
    });
    const folder = join(packageRoot, '.tempograph');
    const file = join(folder, 'search.svg');
    mkdirSync(folder, { recursive: true });
    await writeFileAtomic(file, plot);
    console.error(`curves: ${file}`);
  },
});
