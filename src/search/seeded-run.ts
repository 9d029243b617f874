import { existsSync } from 'node:fs';
import { InputError } from '../base/errors.js';
import { accuracyObjective, paretoObjective } from './objective.js';
import { runSearch } from './run.js';
import { begunRun, plannedBudgetOf, RunLog } from './run-log.js';
import { Search } from './search.js';
import type { PreparedSearch } from './setup.js';
import { strategyNamed } from './strategies/registry.js';
import type { StrategyOptions } from './strategies/strategy.js';
import type { ChosenTrial, Trial } from './trial.js';
import type { WarmStart } from './warm-start.js';

/** One finished, or interrupted, search. */
export interface Run {
  readonly seed: number;
  readonly trials: readonly Trial[];
  /** What is returned, where that need not be the most accurate network. */
  readonly choice?: ChosenTrial;
  readonly seconds: number;
}

/** How a search runs. */
export interface RunTask {
  readonly strategy: string;
  /** Of the strategy, as `optionsWith` completes them. */
  readonly options: StrategyOptions;
  readonly objective: 'accuracy' | 'pareto';
  /** Networks to train. */
  readonly budget: number;
  /** Networks trained at the same time. */
  readonly parallel: number;
  readonly seed: number;
  /** File of the run's log. */
  readonly log?: string;
  /** Goes on with the run in the log; with a greater budget than it had, where it ended too. */
  readonly resume?: boolean;
  /** What earlier runs found out: known when it begins, and not counted against the budget. */
  readonly warmStart?: WarmStart;
}

export interface RunHooks {
  readonly signal?: AbortSignal;
  /** After every outcome. @param quality how well the last round went as predicted: Kendall's τ */
  onTold?(search: Search, quality: number | undefined): void;
}

/**
 * One search to its end, or until it is interrupted.
 *
 * @throws InputError for a log that is there already, or of another run
 */
export async function runSeed(
  { budget, parallel, seed, objective: name, ...run }: RunTask,
  { pool, evaluator, hints, described, measuredLimit, objective: given, strategies }: PreparedSearch,
  { signal, onTold }: RunHooks = {},
): Promise<Run> {
  if (run.log !== undefined && !run.resume && existsSync(run.log)) {
    throw new InputError(
      'there is a run already; continue it with --resume, name another file, or delete it',
      {
        file: run.log,
      },
    );
  }
  const begun = run.log === undefined ? undefined : begunRun(run.log);
  // A strategy may see its pool as it is when it is made.
  if (begun) await pool.restore(begun.events);
  const objective = given ?? (name === 'pareto' ? paretoObjective(pool) : accuracyObjective);
  const planned = (begun && plannedBudgetOf(begun)) ?? budget;
  const { strategy, options } = strategyNamed(run.strategy, strategies).create(
    { pool, objective, budget: planned, seed, ...hints },
    run.options,
  );
  const log =
    run.log === undefined
      ? undefined
      : RunLog.open(run.log, {
          ...described,
          strategy: run.strategy,
          options,
          objective: objective.name,
          budget,
          parallel,
          seed,
          ...(run.warmStart && { warmStart: run.warmStart.paths }),
        });
  const search = new Search({ pool, strategy, budget, seed, log });
  const events = begun?.events ?? [];
  await search.replay(events);
  if (events.length === 0 && run.warmStart) search.know(run.warmStart.known);
  const limited = measuredLimit?.begin(pool, planned);
  await limited?.replay(search.trials);
  const started = performance.now();
  try {
    await runSearch(search, limited?.checking(evaluator) ?? evaluator, {
      pool,
      parallel,
      signal,
      onTold: () => onTold?.(search, strategy.quality),
    });
  } finally {
    log?.close();
  }
  const choice = await choose();
  return { seed, trials: search.trials, choice, seconds: (performance.now() - started) / 1000 };

  async function choose(): Promise<ChosenTrial | undefined> {
    if (limited) return limited.choose(search.trials, signal);
    const trial = await strategy.choose?.(search.trials);
    return trial && { trial, because: 'for its neighbourhood' };
  }
}
