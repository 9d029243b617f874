// Continues a search in a process of its own: to its end if accuracies are known, otherwise until there are networks for
// workers to train. Reports over IPC, and ends with its parent process.

import type { SearchRequest } from '../../api/search-request.js';
import { LATENCY, metricNamed } from '../../src/metrics/metric.js';
import { networkTable } from '../../src/search/codesign/network-table.js';
import { pairEvaluator, rewardObjective } from '../../src/search/codesign/pair-evaluator.js';
import { pairPool } from '../../src/search/codesign/pair-pool.js';
import { weightsOf } from '../../src/search/codesign/scenario.js';
import { type CandidateCost, unlimited, withinLimits } from '../../src/search/constraints.js';
import { tableEvaluator } from '../../src/search/evaluators/accuracy-table.js';
import type { Evaluator } from '../../src/search/evaluators/evaluator.js';
import { analyticLatencyOf, predictedCostOf } from '../../src/search/latency-source.js';
import { accuracyObjective, type Objective, paretoObjective } from '../../src/search/objective.js';
import { isWithin, type OperatorPool } from '../../src/search/operators/operator-pool.js';
import { poolWritten } from '../../src/search/operators/pool-file.js';
import { type CandidatePool, poolOf, poolOfSpace } from '../../src/search/pool.js';
import { runSearch } from '../../src/search/run.js';
import { Search } from '../../src/search/search.js';
import { strategyNamed } from '../../src/search/strategies/registry.js';
import { isKnown } from '../../src/search/trial.js';
import { knownResults } from '../../src/search/warm-start.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { limitName, limitPredictor } from '../searches/search-costs.js';
import { asChild, type Say } from './child-process.js';
import type { KeptLatency, SearchProgress, SearchResult, SearchTask } from './search-task.js';

await asChild(carryOn);

async function carryOn(task: SearchTask, _folder: string, say: Say<SearchProgress>): Promise<SearchResult> {
  const { request, events } = task;
  const { pool, operators, evaluator, objective, optimum, latencies, latencyMsOf } = await preparedOf(task);
  const { budget, plannedBudget = budget, parallel, seed } = request;
  // A strategy's pool includes them, also when an attempt is resumed.
  const results = task.known.map((of) => ({ ...of, architecture: pool.space.parse(of.architecture) }));
  const { known } = await knownResults(pool, results);
  await pool.restore(events.filter((event) => event.event === 'round' && isKnown(event)));
  const { strategy } = strategyNamed(request.strategy).create(
    { pool, objective, budget: plannedBudget, seed, operators },
    request.options,
  );
  const append = (event: SearchTask['events'][number]) => {
    if (event.event === 'told') return void say({ event });
    void say({
      event,
      latencyMs: event.trials.map(({ arch }) => latencyMsOf(pool.candidateOf(pool.space.parse(arch))!)),
    });
  };
  if (!task.latencies)
    await say({ begun: { candidates: pool.size, optimum, latencies: keptOf(latencies, task) } });
  const search = new Search({ pool, strategy, budget, seed, log: { append } });
  await pool.restore(events);
  await search.replay(events);
  search.know(known);
  // Without an evaluator workers wait for networks: provide as many as are trained in parallel, or one more.
  if (evaluator) await runSearch(search, evaluator, { pool, parallel });
  else while ((await search.propose()) && search.pending < parallel);
  return { isDone: search.done, quality: strategy.quality ?? null };
}

/** The candidates of a search, and its objective. */
interface Prepared {
  readonly pool: CandidatePool;
  readonly operators?: OperatorPool;
  readonly objective: Objective;
  /** Absent if workers train. */
  readonly evaluator?: Evaluator;
  readonly optimum: number | null;
  readonly latencies: readonly CandidateCost[];
  /** Latencies of a candidate, by device. */
  readonly latencyMsOf: (candidate: number) => Readonly<Record<string, number>>;
}

async function preparedOf(task: SearchTask): Promise<Prepared> {
  const { request, accuracies } = task;
  const space = spaceNamed(request.space);
  const architectures = accuracies?.map(([architecture]) => space.parse(architecture));
  const values = Float64Array.from(accuracies ?? [], ([, value]) => value);
  if (request.codesign) return preparedPairs(request.codesign, networkTable(space, architectures!, values));
  const operators = request.operatorPool && poolWritten(request.operatorPool, space);
  const all = architectures
    ? poolOf(space, operators ? architectures.filter((a) => isWithin(operators, a)) : architectures)
    : poolOfSpace(space, request.seed, operators);
  const latencies = await latenciesOf(all, task, task.latencies);
  const limitsBy = (costs: readonly CandidateCost[]) =>
    costs.map((cost, i) => {
      const { maxMs, most, least } = request.limits[i];
      return { ...cost, bound: maxMs ?? most ?? least ?? unlimited(cost.metric ?? LATENCY) };
    });
  const pool =
    latencies.length > 0
      ? withinLimits(all, limitsBy(latencies), async (others) => limitsBy(await latenciesOf(others, task)))
      : all;
  const accuracy = new Map(accuracies ?? []);
  return {
    pool,
    operators,
    objective: request.objective === 'pareto' ? paretoObjective(pool) : accuracyObjective,
    evaluator: architectures && tableEvaluator(space, architectures, values),
    optimum: accuracies
      ? pool.architectures.reduce(
          (best, a) => Math.max(best, accuracy.get(space.format(a))!),
          Number.NEGATIVE_INFINITY,
        )
      : null,
    latencies,
    latencyMsOf: (candidate) =>
      Object.fromEntries(Object.entries(pool.costs).map(([device, cost]) => [device, cost[candidate]])),
  };

  /** There are too many pairs to know the best, and their latencies come from a formula. */
  function preparedPairs(
    { weights, maxMs: maxLatencyMs, maxAreaMm2, minAccuracyPercent }: NonNullable<SearchRequest['codesign']>,
    { networks, evaluator }: ReturnType<typeof networkTable>,
  ): Prepared {
    const limits = { maxLatencyMs, maxAreaMm2, minAccuracyPercent };
    const scenario = { weights: weightsOf(weights)!, limits };
    const pool = pairPool(space, { networks, limits });
    return {
      pool,
      objective: rewardObjective(pool, scenario),
      evaluator: pairEvaluator(pool, scenario, evaluator),
      optimum: null,
      latencies: [],
      latencyMsOf: (candidate) => ({ codesign: pool.metricsOf(pool.architectures[candidate]).latencyMs }),
    };
  }
}

/** The latencies kept when the search began, or the current ones. */
async function latenciesOf(
  pool: CandidatePool,
  task: SearchTask,
  keptThen?: SearchTask['latencies'],
): Promise<CandidateCost[]> {
  const found: CandidateCost[] = [];
  for (const limit of task.request.limits) {
    const { device, margin } = limit;
    const metric = limit.metric === undefined ? LATENCY : metricNamed(limit.metric);
    const kept = keptThen?.[limitName(limit)];
    const predictor = task.predictors[limitPredictor(limit)];
    if (kept) found.push({ device, metric, values: decoded(kept.latencyMs), worst: decoded(kept.upperMs) });
    else if (predictor) found.push(await predictedCostOf(pool, device, predictor.folder, margin));
    else found.push(analyticLatencyOf(pool, device));
  }
  return found;
}

function keptOf(
  latencies: readonly CandidateCost[],
  { predictors, request: { limits } }: SearchTask,
): Record<string, KeptLatency> {
  return Object.fromEntries(
    latencies.map(({ values, worst }, i) => [
      limitName(limits[i]),
      {
        version: predictors[limitPredictor(limits[i])]?.version ?? null,
        latencyMs: encoded(values),
        upperMs: encoded(worst),
      },
    ]),
  );
}

function encoded({ buffer, byteOffset, byteLength }: Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function decoded(text: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float64Array(bytes.buffer);
}
