import type { CompressibleModel } from '../src/compress/compressible-model.js';
import {
  bestWithin,
  type CompressionSource,
  type PreparedCompression,
  prepareCompression,
} from '../src/compress/prepare.js';
import { rankKinds } from '../src/compress/strategies.js';
import { strategyNamed } from '../src/search/strategies/registry.js';
import type { TrainedTrial, Trial } from '../src/search/trial.js';
import { countBar } from './progress.js';
import { budgetFor, optionsOf, runWithBar } from './search-run.js';

/** Flags that say how ranks are searched for. */
export interface RankSearchFlags {
  strategy: string;
  set: string[];
  budget?: number;
  seed: number;
  parallel: number;
  resume?: boolean;
}

export interface FoundRanks {
  readonly prepared: PreparedCompression;
  /** Absent if no model within the limits could be evaluated. */
  readonly best?: TrainedTrial;
  readonly trials: readonly Trial[];
}

const DEFAULT_BUDGET = 200;

/** @throws InputError for an unknown strategy or unknown options */
export function rankOptionsOf({ strategy, set }: RankSearchFlags) {
  return strategyNamed(strategy, rankKinds).optionsWith(optionsOf(set));
}

/** Decomposes every matrix of a model, with a bar. */
export async function decomposed(model: CompressibleModel, signal: AbortSignal): Promise<void> {
  const bar = countBar('matrices decomposed');
  await model
    .decompose((done, all) => {
      bar.update(done, all);
      signal.throwIfAborted();
    })
    .finally(bar.stop);
}

/** Searches for ranks until the budget is spent or it is interrupted. @param log file of the run's log */
export async function searchRanks(
  flags: RankSearchFlags,
  source: CompressionSource,
  log: string,
  signal: AbortSignal,
): Promise<FoundRanks> {
  const prepared = prepareCompression(source);
  const task = { ...flags, options: rankOptionsOf(flags), objective: 'accuracy', log, seeds: 1 } as const;
  const budget = budgetFor(task, DEFAULT_BUDGET);
  const { trials } = await runWithBar({ ...task, budget }, prepared, flags.seed, signal);
  return { prepared, best: bestWithin(prepared, trials), trials };
}
