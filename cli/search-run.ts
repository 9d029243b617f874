import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, quote } from '../src/base/errors.js';
import { accuracyObjective, paretoObjective } from '../src/search/objective.js';
import { runSearch } from '../src/search/run.js';
import { RunLog } from '../src/search/run-log.js';
import { Search } from '../src/search/search.js';
import { strategyNamed } from '../src/search/strategies/registry.js';
import type { StrategyOptions } from '../src/search/strategies/strategy.js';
import { bestOf } from '../src/search/trial.js';
import { searchBar } from './progress.js';
import type { Run } from './search-report.js';
import type { PreparedSearch } from './search-source.js';

/** Flags that say how a search runs. */
export interface RunFlags {
  strategy: string;
  objective: 'accuracy' | 'pareto';
  budget: number;
  parallel: number;
  seed: number;
  /** Runs, each with the next seed. */
  seeds: number;
  /** The run's log; with several seeds, a folder of them. */
  log?: string;
  resume?: boolean;
}

/**
 * One search to its end, or until it is interrupted.
 *
 * @throws InputError for a log that is there already, or of another run
 */
export async function runOne(
  flags: RunFlags & { readonly options: StrategyOptions },
  { pool, evaluator, hints, described, objective: given }: PreparedSearch,
  seed: number,
  signal: AbortSignal,
): Promise<Run> {
  const { budget, parallel, objective: name } = flags;
  const objective = given ?? (name === 'pareto' ? paretoObjective(pool) : accuracyObjective);
  const { strategy, options } = strategyNamed(flags.strategy).create(
    { pool, objective, budget, parallel, seed, ...hints },
    flags.options,
  );
  const task = {
    ...described,
    strategy: flags.strategy,
    options,
    objective: objective.name,
    budget,
    parallel,
    seed,
  };
  const log = flags.log === undefined ? undefined : openLog(flags, flags.log, seed, task);
  const search = new Search({ pool, strategy, budget, seed, log });
  if (log) search.replay(log.record.events);
  const bar = searchBar(flags.seeds > 1 ? `${flags.strategy} seed ${seed}` : flags.strategy);
  const started = performance.now();
  try {
    await runSearch(search, evaluator, {
      pool,
      parallel,
      signal,
      onTold() {
        const failed = search.trials.filter(({ outcome }) => outcome && 'error' in outcome).length;
        bar.update(search.trained, budget, bestOf(search.trials)?.outcome.accuracy, failed, strategy.quality);
      },
    });
  } finally {
    bar.stop();
    log?.close();
  }
  const chosen = await strategy.choose?.(search.trials);
  return { seed, trials: search.trials, chosen, seconds: (performance.now() - started) / 1000 };
}

function openLog(flags: RunFlags, path: string, seed: number, task: Record<string, unknown>): RunLog {
  const file = flags.seeds > 1 ? join(path, `${flags.strategy}-${seed}.jsonl`) : path;
  if (existsSync(file) && !flags.resume) {
    throw new InputError('there is a run already; go on with it by --resume, or name another file', { file });
  }
  return RunLog.open(file, task);
}

/**
 * `rounds=10` as a strategy takes it: numbers, true, false, or text.
 *
 * @throws InputError for text of another form
 */
export function optionsOf(given: readonly string[]): StrategyOptions {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      const [name, value] = [text.slice(0, at), text.slice(at + 1)];
      if (at < 1) {
        throw new InputError(`${quote(text)} is not of the form option=value`, { field: '--set' });
      }
      if (value === 'true' || value === 'false') return [name, value === 'true'];
      return [name, value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
    }),
  );
}
