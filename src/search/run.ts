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
 * Drives a search with an evaluator until it is done or interrupted. Evaluations that an interruption cuts off
 * stay without an outcome, and are the first ones when the search continues.
 */
export async function runSearch(
  search: Search,
  evaluator: Evaluator,
  { pool, parallel = 1, signal, onTold }: RunOptions,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  while (!search.done && !stop.aborted) {
    const round: Trial[] = [];
    for (let trial = await search.ask(); trial; trial = await search.ask()) round.push(trial);
    const worker = async (): Promise<void> => {
      for (let trial = round.shift(); trial && !stop.aborted; trial = round.shift()) {
        const outcome = await evaluator.evaluate(pool.architectures[trial.candidate], stop);
        if (stop.aborted) return;
        search.tell(trial.number, outcome);
        onTold?.(search.trials[trial.number - 1]);
      }
    };
    const workers = Array.from({ length: parallel }, () =>
      worker().catch((error: unknown) => {
        failure.abort(error);
        throw error;
      }),
    );
    const [failed] = (await Promise.allSettled(workers)).filter(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }
}
