import { join } from 'node:path';
import Table from 'cli-table3';
import writeFileAtomic from 'write-file-atomic';
import { loadLatency } from '../../src/datasets/load.js';
import { packageRoot } from '../../src/package-root.js';
import { meanAndStd } from '../../src/predictors/metrics.js';
import { Random } from '../../src/random.js';
import { AccuracyPredictor, type Sample } from '../../src/search/accuracy-predictor.js';
import { readArchitectureTable, tableEvaluator } from '../../src/search/accuracy-table.js';
import { meanCurve } from '../../src/search/curve.js';
import { curvePlot } from '../../src/search/curve-plot.js';
import { CandidatePool, poolOf } from '../../src/search/pool.js';
import { sortedByComparison } from '../../src/search/ranking.js';
import { publishedSearch } from '../../src/search/strategies/brp-paper.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { architecturesOf } from '../../src/spaces/architectures.js';
import { nasbench201 as space } from '../../src/spaces/nasbench201.js';
import { bestAfter, foundWithin, type RunResult, runs, runsOf, type Setting, spread } from './runs.js';

/**
 * Seeds of the reported runs: 20, or as many as the environment's SEEDS says. Options were chosen on the CIFAR-10
 * columns with seeds from 101.
 */
export const SEEDS = Array.from({ length: Number(process.env.SEEDS ?? 20) }, (_, i) => i + 1);

const ACCURACY = 'cifar100_test_200ep';
const SELECTION = 'cifar100_valid_12ep';

/** Accuracies of the shared table, by candidate of the pool they make. */
export async function cifar100(data: string) {
  const file = join(data, 'nasbench201/accuracy.csv.gz');
  const { architectures, values } = await readArchitectureTable(file, space, [ACCURACY, SELECTION]);
  const pool = poolOf(space, architectures);
  const rows = new Map(architectures.map((a, i) => [space.format(a), i]));
  const columnOf = (of: CandidatePool, column: string) =>
    Float64Array.from(of.architectures, (a) => values[column][rows.get(space.format(a))!]);
  return {
    pool,
    evaluator: tableEvaluator(space, architectures, values[ACCURACY]),
    accuracyOf: (of: CandidatePool) => columnOf(of, ACCURACY),
    selectionOf: (of: CandidatePool) => columnOf(of, SELECTION),
  };
}

type Data = Awaited<ReturnType<typeof cifar100>>;

/** How long it takes to embed and sort all networks of the space, dead operations and isomorphic ones included. */
export async function rankingTime({ evaluator }: Data): Promise<void> {
  const pool = new CandidatePool(space, [...architecturesOf(space)]);
  const samples = [];
  for (let candidate = 0; candidate < 20; candidate++) {
    const outcome = await evaluator.evaluate(pool.architectures[candidate]);
    if ('accuracy' in outcome) samples.push({ candidate, value: outcome.accuracy });
  }
  const predictor = new AccuracyPredictor(pool, { ...publishedSearch, steps: 1 }, 1);
  await predictor.fit(samples, 0);
  const started = performance.now();
  sortedByComparison(await predictor.fit(samples, 1));
  const ms = (performance.now() - started).toFixed(0);
  console.log(
    `ranking ${pool.size.toLocaleString('en')} networks: ${ms} ms, one thread, session and one training step included`,
  );
}

/** One shot learns from 50, so that there is something to see after 100. */
export const STRATEGIES: readonly (readonly [name: string, options: StrategyOptions])[] = [
  ['random', {}],
  ['evolution', {}],
  ['local', {}],
  ['gcn', { samples: 50 }],
  ['brp-paper', {}],
  ['brp', {}],
];

/** All strategies beside each other: how good the best is after n trained networks. */
export async function strategiesTable(data: Data): Promise<void> {
  const optimum = data.accuracyOf(data.pool).reduce((a, b) => Math.max(a, b));
  const selection = data.selectionOf(data.pool);
  const head = ['CIFAR-100 test %, best of', '25', '50', '100', '200', 'optimum in 100', 's per 100'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const chosen = new Table({
    head: ['chosen by 12-epoch validation', '25', '50', '100', '200'],
    style: { head: [], border: [] },
  });
  const curves = [];
  for (const [strategy, options] of STRATEGIES) {
    const setting = {
      ...data,
      name: 'strategies',
      strategy,
      options,
      selection: (c: number) => selection[c],
    };
    const results = await runs({ ...setting, budget: 200 }, SEEDS);
    const timed = await runs({ ...setting, name: 'timed', budget: 100 }, SEEDS.slice(0, 3));
    const after = (of: readonly RunResult[]) => [25, 50, 100, 200].map((n) => spread(bestAfter(of, n)));
    if (results.length === 0 || timed.length === 0) continue;
    const seconds = meanAndStd(timed.map((run) => run.seconds)).mean.toFixed(1);
    const name = strategy + runsOf(results, SEEDS.length);
    table.push([name, ...after(results), foundWithin(results, 100, optimum), seconds]);
    chosen.push([strategy, ...after(results.map((run) => ({ ...run, best: run.selected })))]);
    curves.push({ name: strategy, points: meanCurve(results.map(({ best }) => best)) });
  }
  console.log(`mean ± std over ${SEEDS.length} seeds; the best network has ${optimum.toFixed(2)} %`);
  console.log(table.toString());
  console.log(chosen.toString());
  const plot = curvePlot({
    title: 'Best accuracy among the networks trained so far',
    subtitle: `NAS-Bench-201, CIFAR-100 test, 200 epochs; mean ± std of ${SEEDS.length} seeds`,
    curves,
    optimum,
    from: 10,
  });
  const file = join(packageRoot, '.tempograph', 'search.svg');
  await writeFileAtomic(file, plot);
  console.log(`curves: ${file}`);
}

/** The four claims of the paper, each a row: A against B on the same seeds. */
export async function claimsTable(data: Data, shared: string): Promise<void> {
  const pretraining = await latencySamples(data.pool, shared);
  const setting = (options: StrategyOptions, transfer = false): Setting => ({
    ...data,
    // The first hundred networks of the table's runs are those of a run with half the budget.
    name: transfer ? 'transfer' : 'strategies',
    strategy: 'brp-paper',
    options,
    budget: transfer || Object.keys(options).length > 0 ? 100 : 200,
    extra: transfer ? (seed) => ({ pretraining: pretraining(seed) }) : undefined,
  });
  const oneShot = { rounds: 1, samples: 50 };
  const regression = { relation: 'regression', ranking: 'score' };
  const rows: [string, Setting, Setting][] = [
    ['binary beats regression (one shot)', setting(oneShot), setting({ ...regression, ...oneShot })],
    ['binary beats regression (rounds)', setting({}), setting(regression)],
    ['rounds beat one shot (regression)', setting(regression), setting({ ...regression, ...oneShot })],
    ['rounds beat one shot (binary)', setting({}), setting(oneShot)],
    ['both beat neither', setting({}), setting({ ...regression, ...oneShot })],
    [
      'transfer from latency helps regression',
      setting({ ...regression, ...oneShot }, true),
      setting({ ...regression, ...oneShot }),
    ],
    ['transfer from latency helps binary', setting({}, true), setting({})],
  ];
  const table = new Table({
    head: ['claim of BRP-NAS: A beats B', 'A', 'B', 'A - B ± its standard error', 'holds'],
    style: { head: [], border: [] },
  });
  for (const [claim, a, b] of rows) {
    const [all, others] = [await runs(a, SEEDS), await runs(b, SEEDS)];
    const of = all.filter(({ seed }) => others.some((other) => other.seed === seed));
    const against = of.map(({ seed }) => others.find((other) => other.seed === seed)!);
    if (of.length < 2) continue;
    const { mean, std } = meanAndStd(of.map(({ best }, i) => best[99] - against[i].best[99]));
    const error = std / Math.sqrt(of.length);
    const verdict = mean > 2 * error ? 'yes' : mean < -2 * error ? 'the opposite' : 'not to be told';
    const difference = `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
    table.push([
      claim + runsOf(of, SEEDS.length),
      spread(bestAfter(of, 100)),
      spread(bestAfter(against, 100)),
      difference,
      verdict,
    ]);
  }
  console.log('CIFAR-100 test % of the best of 100 networks, of which one shot takes 50 to learn from');
  console.log(table.toString());
}

/** Log latencies of 900 networks on a desktop GPU, other ones for each seed. */
async function latencySamples(pool: CandidatePool, shared: string): Promise<(seed: number) => Sample[]> {
  const file = join(shared, 'nasbench201/latbench.csv.gz');
  const { architectures, latencyMs } = await loadLatency(file, {
    space,
    device: 'desktop_gpu_gtx_1080ti_fp32',
  });
  return (seed) =>
    [...new Random(seed).permutation(architectures.length).subarray(0, 900)].map((row) => ({
      candidate: pool.candidateOf(architectures[row])!,
      value: Math.log(latencyMs[row]),
    }));
}

/** What goes past the paper, one change at a time. */
export async function beyondTable(data: Data): Promise<void> {
  const optimum = data.accuracyOf(data.pool).reduce((a, b) => Math.max(a, b));
  const macs = Float64Array.from(data.pool.architectures, (a) => Math.log(space.macs(a)));
  const early = data.selectionOf(data.pool);
  // Runs of the first table, which begin as runs of half the budget do.
  const published = (strategy: string) => ({
    ...data,
    name: 'strategies',
    strategy,
    options: {},
    budget: 200,
  });
  const changed = (
    strategy: string,
    options: StrategyOptions,
    proxies?: readonly Float64Array[],
  ): Setting => ({
    ...data,
    name: proxies ? `${proxies.length} proxies` : 'beyond',
    strategy,
    options,
    budget: 100,
    extra: () => ({ proxies }),
  });
  const settings: [string, Setting][] = [
    ['brp-paper: binary, sorted by comparison', published('brp-paper')],
    ['… ranked by mean win instead', changed('brp-paper', { ranking: 'score' })],
    ['… one score per network', changed('brp-paper', { relation: 'score', ranking: 'score', sharpness: 10 })],
    ['brp: one score, 10 rounds, 80 % best', published('brp')],
    ['… 3 members', changed('brp', { members: 3 })],
    ['… 3 members, + 0.5 std of doubt', changed('brp', { members: 3, exploration: 0.5 })],
    ['… knows MACs', changed('brp', {}, [macs])],
    ['… knows MACs and 12-epoch validation accuracy', changed('brp', {}, [macs, early])],
  ];
  const table = new Table({
    head: ['CIFAR-100 test %, best of', '25', '50', '100', 'optimum in 100'],
    style: { head: [], border: [] },
  });
  for (const [name, setting] of settings) {
    const results = await runs(setting, SEEDS);
    if (results.length === 0) continue;
    table.push([
      name + runsOf(results, SEEDS.length),
      ...[25, 50, 100].map((n) => spread(bestAfter(results, n))),
      foundWithin(results, 100, optimum),
    ]);
  }
  console.log(table.toString());
}
