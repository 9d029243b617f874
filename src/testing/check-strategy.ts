import { Random } from '../base/random.js';
import type { Evaluator } from '../search/evaluators/evaluator.js';
import { accuracyObjective } from '../search/objective.js';
import { CandidatePool, poolOfSpace } from '../search/pool.js';
import { runSearch } from '../search/run.js';
import type { RunEvent } from '../search/run-log.js';
import { Search } from '../search/search.js';
import type { StrategyKind, StrategyOptions } from '../search/strategies/strategy.js';
import type { Trial } from '../search/trial.js';
import { nasbench201 } from '../spaces/nasbench201/space.js';
import type { Architecture } from '../spaces/space.js';
import { holds } from './contract.js';

/** Number of candidates in the pool that strategies are tried on. */
const POOL = 400;
const BUDGET = 24;
const AT_ONCE = 3;

/** An accuracy in percent that grows with convolutions, late ones more, and falls with pooling. */
export function madeUpAccuracy(architecture: Architecture): number {
  const worth = [0, 4, 5, 8, -3];
  return Array.from(architecture).reduce((sum, option, edge) => sum + worth[option] * (1 + edge / 10), 40);
}

const evaluator: Evaluator = {
  evaluate: async (architecture) => ({ accuracy: madeUpAccuracy(architecture) }),
};

/**
 * Checks that a search strategy keeps its contract on a small pool: it
 *
 * - proposes only untried candidates and spends its whole budget;
 * - repeats a search when given the same seed;
 * - continues a killed search from its log as if it had never stopped;
 * - always has another network for a free trainer while others train;
 * - accepts its own defaults.
 *
 * @param options that make the strategy quick
 * @throws Error that names the broken rule
 */
export async function checkStrategy(kind: StrategyKind, options: StrategyOptions = {}): Promise<void> {
  const { name } = kind;
  holds(
    JSON.stringify(kind.optionsWith(kind.defaults)) === JSON.stringify(kind.defaults),
    name,
    'it refuses its own defaults',
  );
  const events = await run(kind, options);
  const tried = events.flatMap((event) => (event.event === 'round' ? event.trials : []));
  holds(tried.length === BUDGET, name, `it tried ${tried.length} candidates of a budget of ${BUDGET}`);
  holds(new Set(tried.map(({ arch }) => arch)).size === BUDGET, name, 'it tried a candidate twice');
  const again = await run(kind, options);
  holds(JSON.stringify(again) === JSON.stringify(events), name, 'the same seed gives another search');
  // Killed in the middle of a round, whichever that is.
  const rest = await run(kind, options, events.slice(0, Math.floor(events.length / 2)));
  holds(JSON.stringify(rest) === JSON.stringify(events), name, 'a killed search continues differently');
  await checkAtOnce(kind, options);
}

/** Several networks are trained at once, and the last one started ends first. */
async function checkAtOnce(kind: StrategyKind, options: StrategyOptions): Promise<void> {
  const pool = smallPool();
  const task = { pool, objective: accuracyObjective, budget: BUDGET, seed: 3 };
  const search = new Search({ ...task, strategy: kind.create(task, options).strategy });
  const underWay: Trial[] = [];
  while (!search.done) {
    const trial = underWay.length < AT_ONCE ? await search.ask() : undefined;
    if (trial) {
      const isNew = search.trials.every(({ number, candidate }) => {
        return number >= trial.number || candidate !== trial.candidate;
      });
      holds(isNew, kind.name, 'it proposed a network that is still training');
      underWay.push(trial);
      continue;
    }
    const ended = underWay.pop();
    holds(ended !== undefined, kind.name, 'it has nothing to propose although nothing is training');
    search.tell(ended!.number, { accuracy: madeUpAccuracy(pool.architectures[ended!.candidate]) });
  }
}

function smallPool(): CandidatePool {
  const all = poolOfSpace(nasbench201, 1);
  const chosen = new Random(1).permutation(all.size).subarray(0, POOL);
  return new CandidatePool(
    nasbench201,
    Array.from(chosen, (i) => all.architectures[i]),
  );
}

/** The events of a search: those given, and those that follow. */
async function run(
  kind: StrategyKind,
  options: StrategyOptions,
  before: readonly RunEvent[] = [],
): Promise<RunEvent[]> {
  const pool = smallPool();
  const task = { pool, objective: accuracyObjective, budget: BUDGET, seed: 3 };
  const events = [...before];
  const search = new Search({
    ...task,
    strategy: kind.create(task, options).strategy,
    log: { append: (event) => void events.push(event) },
  });
  await search.replay(before);
  await runSearch(search, evaluator, { pool });
  return events;
}
