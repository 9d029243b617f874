import { type MeanAndStd, meanAndStd } from '../../src/predictors/metrics.js';
import { bestSoFar, selectedSoFar } from '../../src/search/curve.js';
import type { Evaluator } from '../../src/search/evaluator.js';
import { accuracyObjective } from '../../src/search/objective.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/index.js';
import type { StrategyOptions, StrategyTask } from '../../src/search/strategies/strategy.js';
import { isTrained } from '../../src/search/trial.js';
import { remembered } from './results.js';

/** What a benchmark keeps of one run. */
export interface RunResult {
  readonly seed: number;
  /** Best accuracy among the first n, %, and the accuracy of the one chosen by another score. */
  readonly best: readonly number[];
  readonly selected: readonly number[];
  /** The best networks that were trained, the best first. */
  readonly top: readonly { readonly network: string; readonly accuracy: number }[];
  readonly seconds: number;
}

/** A setting whose runs differ in their seed only. */
export interface Setting {
  /** Unique among all settings: part of the key under which a run is kept. */
  readonly name: string;
  readonly strategy: string;
  readonly options?: StrategyOptions;
  readonly pool: CandidatePool;
  readonly evaluator: Evaluator;
  readonly budget: number;
  readonly selection?: (candidate: number) => number;
  readonly extra?: (seed: number) => Pick<StrategyTask, 'proxies' | 'pretraining'>;
}

const TOP = 20;

/** One run for each seed; with others at the same bench, or out of time, those there are. */
export async function runs(setting: Setting, seeds: readonly number[]): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const seed of seeds) {
    const { name, strategy, options, budget } = setting;
    const key = JSON.stringify([name, strategy, options ?? {}, budget, seed]);
    const result = await remembered(key, () => oneRun(setting, seed));
    if (result) results.push(result);
  }
  return results;
}

async function oneRun(setting: Setting, seed: number): Promise<RunResult> {
  const { pool, evaluator, budget, selection, extra } = setting;
  const given = extra?.(seed);
  const started = performance.now();
  const { strategy } = strategyNamed(setting.strategy).create(
    { pool, objective: accuracyObjective, budget, parallel: 1, seed, ...given },
    setting.options,
  );
  const search = new Search({ pool, strategy, budget, seed });
  await runSearch(search, evaluator, { pool });
  return {
    seed,
    best: bestSoFar(search.trials),
    selected: selection ? selectedSoFar(search.trials, selection) : [],
    top: search.trials
      .filter(isTrained)
      .sort((a, b) => b.outcome.accuracy - a.outcome.accuracy)
      .slice(0, TOP)
      .map(({ candidate, outcome }) => ({
        network: pool.space.format(pool.architectures[candidate]),
        accuracy: outcome.accuracy,
      })),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Mean and spread of the best accuracy after n trained networks. */
export function bestAfter(results: readonly RunResult[], n: number): MeanAndStd {
  if (results.length === 0) return { mean: Number.NaN, std: Number.NaN };
  return meanAndStd(results.map(({ best }) => best[Math.min(n, best.length) - 1]));
}

export const spread = ({ mean, std }: MeanAndStd, digits = 2) =>
  `${mean.toFixed(digits)} ± ${std.toFixed(digits)}`;

/** How many runs a row is over, where some are not there yet. */
export const runsOf = (results: readonly unknown[], wanted: number) =>
  results.length === wanted ? '' : ` (${results.length} runs)`;

/** Share of runs whose best network is at least as good as an optimum, within the first n. */
export function foundWithin(results: readonly RunResult[], n: number, optimum: number): string {
  return `${results.filter(({ best }) => best[Math.min(n, best.length) - 1] >= optimum).length}/${results.length}`;
}
