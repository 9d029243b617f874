import type { Evaluator } from '../evaluators/evaluator.js';
import { accuracyObjective, type Objective } from '../objective.js';
import type { CandidatePool } from '../pool.js';
import { runSearch } from '../run.js';
import { Search } from '../search.js';
import { strategyNamed } from '../strategies/registry.js';
import { bestSoFar, type CurvePoint, meanCurve } from './curve.js';

/** Strategies quick enough to run alongside any search of a table, as often as a mean requires. */
const BASELINES = ['random', 'evolution', 'local'];
const SEEDS = 20;

/** Mean curves of baseline strategies without a predictor on the same networks. */
export async function baselineCurves(
  pool: CandidatePool,
  evaluator: Evaluator,
  budget: number,
  except: string,
  objective: Objective = accuracyObjective,
): Promise<{ readonly name: string; readonly points: readonly CurvePoint[] }[]> {
  const curves = [];
  for (const name of BASELINES.filter((baseline) => baseline !== except)) {
    const runs: number[][] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const task = { pool, objective, budget, seed };
      const search = new Search({ ...task, strategy: strategyNamed(name).create(task).strategy });
      await runSearch(search, evaluator, { pool });
      runs.push(bestSoFar(search.trials));
    }
    curves.push({ name, points: meanCurve(runs) });
  }
  return curves;
}
