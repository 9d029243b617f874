import { tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { accuracyObjective } from '../../src/search/objective.js';
import type { CandidatePool } from '../../src/search/pool.js';
import { bestSoFar, selectedSoFar } from '../../src/search/report/curve.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { Strategy, StrategyOptions, StrategyTask } from '../../src/search/strategies/strategy.js';
import { bestOf, isTrained } from '../../src/search/trial.js';
import type { Architecture } from '../../src/spaces/space.js';
import type { Piece } from '../pieces.js';

/** Seeds of the reported runs. Options were chosen on the CIFAR-10 columns with seeds from 101. */
export const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const TOP = 20;
/** Networks whose time is kept: a run of so many is the first part of a longer one. */
const TIMED = 100;

/** What is searched. */
export interface BenchTask extends Pick<StrategyTask, 'pool' | 'proxies' | 'pretraining'> {
  /** `[candidate]`, %. */
  readonly accuracies: Float64Array;
  /** `[candidate]`: what the search is told in place of the accuracies, for example of a short training. */
  readonly told?: Float64Array;
  /** `[candidate]`: by what somebody without the accuracies chooses among the trained networks. */
  readonly selection?: Float64Array;
}

/** Runs that differ in their seed only. */
export interface Setting {
  /** Words with slashes between them; settings of the same name are one, whose runs several tables show. */
  readonly name: string;
  readonly strategy: string;
  readonly options?: StrategyOptions;
  readonly budget: number;
  readonly seeds?: readonly number[];
  task(seed: number): BenchTask | Promise<BenchTask>;
}

/** What is kept of one run. */
export interface RunRow {
  readonly setting: string;
  readonly seed: number;
  /** Candidates there were, and the accuracy of the best of them, %. */
  readonly candidates: number;
  readonly optimum: number;
  /** Best accuracy among the first n, %, and the accuracy of the one chosen by the selection. */
  readonly best: readonly number[];
  readonly selected: readonly number[];
  /** Accuracy of what the strategy returns, %: its own choice, or else the best by what it was told. */
  readonly returned?: number;
  /** The best networks that were trained, the best first. */
  readonly top: readonly { readonly network: string; readonly accuracy: number }[];
  /** What the first 100 networks took. */
  readonly seconds: number;
}

/** The runs of settings as pieces; a setting that comes several times has its runs once. */
export function piecesOf(settings: readonly Setting[]): Piece<RunRow>[] {
  return [...new Map(settings.map((s) => [s.name, s])).values()].flatMap((setting) =>
    (setting.seeds ?? SEEDS).map((seed) => ({
      name: `search/${setting.name}/${seed}`,
      run: async () => [await oneRun(setting, seed)],
    })),
  );
}

/** Runs a strategy for accuracy until its budget is spent. */
export async function searchOnce(
  name: string,
  options: StrategyOptions | undefined,
  given: Omit<StrategyTask, 'objective'>,
  evaluator: Evaluator,
  onTold?: (trial: { readonly number: number }) => void,
): Promise<{ strategy: Strategy; trials: Search['trials'] }> {
  const { pool, budget, seed } = given;
  const { strategy } = strategyNamed(name).create({ ...given, objective: accuracyObjective }, options);
  const search = new Search({ pool, strategy, budget, seed });
  await runSearch(search, evaluator, { pool, onTold });
  return { strategy, trials: search.trials };
}

async function oneRun(setting: Setting, seed: number): Promise<RunRow> {
  const { name, budget, options } = setting;
  const { pool, accuracies, selection, told = accuracies, ...given } = await setting.task(seed);
  const started = performance.now();
  let seconds = 0;
  const { strategy, trials } = await searchOnce(
    setting.strategy,
    options,
    { pool, budget, seed, ...given },
    tableEvaluator(pool.space, pool.architectures, told),
    ({ number }) => {
      if (number <= TIMED) seconds = (performance.now() - started) / 1000;
    },
  );
  const trueTrials = trials.map((trial) => ({
    ...trial,
    outcome: { accuracy: accuracies[trial.candidate] },
  }));
  const returned = (await strategy.choose?.(trials)) ?? bestOf(trials);
  return {
    setting: name,
    seed,
    candidates: pool.size,
    optimum: accuracies.reduce((a, b) => Math.max(a, b)),
    best: bestSoFar(trueTrials),
    selected: selection ? selectedSoFar(trueTrials, (candidate) => selection[candidate]) : [],
    returned: returned && accuracies[returned.candidate],
    top: trueTrials
      .filter(isTrained)
      .sort((a, b) => b.outcome.accuracy - a.outcome.accuracy)
      .slice(0, TOP)
      .map(({ candidate, outcome }) => ({
        network: pool.space.format(pool.architectures[candidate]),
        accuracy: outcome.accuracy,
      })),
    seconds,
  };
}

/** `[candidate]`: a pool's values in a table of `[architecture]`. */
export function poolValues(
  pool: CandidatePool,
  architectures: readonly Architecture[],
  values: Float64Array,
): Float64Array {
  const rows = new Map(architectures.map((a, i) => [pool.space.format(a), i]));
  return Float64Array.from(pool.architectures, (a) => values[rows.get(pool.space.format(a))!]);
}
