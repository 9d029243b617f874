import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { accuracyObjective } from '../../src/search/objective.js';
import { CandidatePool, poolOfSpace } from '../../src/search/pool.js';
import type { RunLog } from '../../src/search/run-log.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import type { StrategyOptions } from '../../src/search/strategies/strategy.js';
import { nasbench201 } from '../../src/spaces/nasbench201/space.js';
import { madeUpAccuracy } from '../../src/testing/index.js';

/** A tenth of NAS-Bench-201's classes: quick to rank, and still with neighbours. */
export function smallPool(): CandidatePool {
  const all = poolOfSpace(nasbench201, 1);
  return new CandidatePool(
    nasbench201,
    all.architectures.filter((_, i) => i % 10 === 0),
  );
}

export { madeUpAccuracy };

export const madeUpEvaluator: Evaluator = {
  evaluate: async (architecture) => ({ accuracy: madeUpAccuracy(architecture) }),
};

/** Options that make the guided strategies quick. */
export const QUICK = { hidden: 16, layers: 2, steps: 40 };

export interface SearchGiven {
  readonly pool: CandidatePool;
  readonly budget?: number;
  readonly seed?: number;
  readonly log?: RunLog;
  readonly options?: StrategyOptions;
}

/** A search with the named strategy. */
export function searchWith(name: string, { pool, log, options, ...given }: SearchGiven): Search {
  const task = { pool, objective: accuracyObjective, budget: 30, seed: 1, ...given };
  const { strategy } = strategyNamed(name).create(task, options);
  return new Search({ ...task, strategy, log });
}
