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

/** A search that finished or was interrupted. */
export interface Run {
  readonly seed: number;
  readonly trials: readonly Trial[];
  /** The network to return, if it need not be the most accurate one. */
  readonly choice?: ChosenTrial;
  readonly seconds: number;
}

/** How to run a search. */
export interface RunTask {
  readonly strategy: string;
  /** Options of the strategy, completed by `optionsWith`. */
  readonly options: StrategyOptions;
  readonly objective: 'accuracy' | 'pareto';
  /** Number of networks to train. */
  readonly budget: number;
  /** Number of networks trained at the same time. */
  readonly parallel: number;
  readonly seed: number;
  /** File of the run's log. */
  readonly log?: string;
  /** Whether to resume the run in the log. With a greater budget, this extends a finished run. */
  readonly resume?: boolean;
  /** Results of earlier runs, known from the start and not counted against the budget. */
  readonly warmStart?: WarmStart;
}

export interface RunHooks {
  readonly signal?: AbortSignal;
  /**
   * Called after every outcome.
   *
   * @param quality how well the last round's result agreed with its prediction: Kendall's τ
   */
  onTold?(search: Search, quality: number | undefined): void;
}

/**
 * Runs one search until it ends or is interrupted.
 *
 * @throws InputError if the log already exists and is not to be resumed, or belongs to another run
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
  // A strategy may inspect its pool when it is created.
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
