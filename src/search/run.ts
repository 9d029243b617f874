import type { Evaluator } from './evaluators/evaluator.js';
import type { CandidatePool } from './pool.js';
import type { Search } from './search.js';
import type { Trial } from './trial.js';

export interface RunOptions {
  readonly pool: CandidatePool;
  /** Number of networks evaluated at the same time; 1 by default. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  onTold?(trial: Trial): void;
}

/**
 * Runs a search with an evaluator until it is done or interrupted. As soon as one evaluation ends, the next
 * begins. Interrupted evaluations have no outcome, and are the first to be made when the search continues.
 *
 * @throws whatever the evaluator throws
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
            // An error caused by an interruption is not a failed evaluation.
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
