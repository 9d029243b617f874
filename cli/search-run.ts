import { join } from 'node:path';
import { InputError, quote } from '../src/base/errors.js';
import { inPercent, isShare } from '../src/search/evaluators/percentages.js';
import { begunRun } from '../src/search/run-log.js';
import { type Run, type RunTask, runSeed } from '../src/search/seeded-run.js';
import type { PreparedSearch } from '../src/search/setup.js';
import type { StrategyOptions } from '../src/search/strategies/strategy.js';
import { bestOf, isTrained } from '../src/search/trial.js';
import type { WarmStart } from '../src/search/warm-start.js';
import { searchBar } from './progress.js';

/** Flags that say how a search runs. */
export interface RunFlags extends Omit<RunTask, 'options'> {
  /** Number of runs, each with the next seed; if several, `log` is a folder. */
  readonly seeds: number;
}

/** The log file of a seed. */
export function logOf({ log, seeds, strategy }: Pick<RunFlags, 'log' | 'seeds' | 'strategy'>, seed: number) {
  return log !== undefined && seeds > 1 ? join(log, `${strategy}-${seed}.jsonl`) : log;
}

/** Says which results a search starts from, and which it leaves out. */
export function sayWarmStart({ known, paths, withoutResult, outside, otherEvaluators }: WarmStart): void {
  const left = [
    withoutResult > 0 && `${withoutResult} without a result`,
    outside > 0 && `${outside} over a limit or not among the candidates`,
  ].filter(Boolean);
  const leftOut = left.length > 0 ? `; left out: ${left.join(', ')}` : '';
  console.error(`warm start: ${known.length} networks are known from ${paths.join(', ')}${leftOut}`);
  for (const evaluator of otherEvaluators) {
    console.error(`warning: some of them were trained by another evaluator: ${evaluator}`);
  }
}

/** Networks to train: as given, otherwise as in the log of a resumed run, otherwise `byDefault`. */
export function budgetFor(
  flags: Pick<RunFlags, 'log' | 'resume' | 'strategy' | 'seed' | 'seeds'> & { readonly budget?: number },
  byDefault: number,
): number {
  const log = flags.resume ? logOf(flags, flags.seed) : undefined;
  const begun = flags.budget === undefined && log !== undefined ? begunRun(log) : undefined;
  return flags.budget ?? begun?.budget ?? byDefault;
}

/** Runs one search, with a bar, until its budget is spent or it is interrupted. */
export async function runWithBar(
  flags: RunFlags & Pick<RunTask, 'options'>,
  prepared: PreparedSearch,
  seed: number,
  signal: AbortSignal,
): Promise<Run> {
  const { strategy, seeds, budget } = flags;
  const bar = searchBar(seeds > 1 ? `${strategy} seed ${seed}` : strategy);
  const log = logOf(flags, seed);
  let warned = false;
  return runSeed({ ...flags, seed, log }, prepared, {
    signal,
    onTold({ trials, trained }, quality) {
      const accuracy = trials.filter(isTrained).at(-1)?.outcome.accuracy;
      if (!warned && accuracy !== undefined && isShare(accuracy)) {
        warned = true;
        console.error(`warning: a network has an accuracy of ${accuracy}; ${inPercent(accuracy)}`);
      }
      const failed = trials.filter(({ outcome }) => outcome && 'error' in outcome).length;
      bar.update(trained, budget, bestOf(trials)?.outcome.accuracy, failed, quality);
    },
  }).finally(bar.stop);
}

/**
 * Parses options such as `rounds=10`: values are numbers, true, false, or text.
 *
 * @throws InputError for text in another form
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
