import type { Evaluator } from './evaluators/evaluator.js';
import type { CandidatePool } from './pool.js';
import type { Search } from './search.js';
import type { Trial } from './trial.js';

export interface RunOptions {
  readonly pool: CandidatePool;
  /** Networks evaluated at the same time; 1 by default. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  onTold?(trial: Trial): void;
}

/**
 * Drives a search with an evaluator until it is done or interrupted: as soon as one evaluation ends the next begins.
 * Evaluations that an interruption cuts off stay without an outcome, and are the first ones when the search continues.
 */
export async function runSearch(
  search: Search,
  evaluator: Evaluator,
  { pool, parallel = 1, signal, onTold }: RunOptions,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const evaluate = async ({ candidate, number }: Trial): Promise<void> => {
    const outcome = await evaluator.evaluate(pool.architectures[candidate], stop);
    if (stop.aborted) return;
    search.tell(number, outcome);
    onTold?.(search.trials[number - 1]);
  };
  const running = new Set<Promise<void>>();
  try {
    while (!stop.aborted) {
      const trial = running.size < parallel ? await search.ask() : undefined;
      if (trial) {
        const evaluation = evaluate(trial)
          .catch((error: unknown) => {
            // What an interruption does to an evaluation is no failure of it.
            if (!signal?.aborted) failure.abort(error);
          })
          .finally(() => running.delete(evaluation));
        running.add(evaluation);
      } else if (running.size > 0) await Promise.race(running);
      else break;
    }
  } catch (error) {
    failure.abort(error);
  }
  await Promise.all(running);
  failure.signal.throwIfAborted();
}
