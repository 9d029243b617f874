import { InputError } from '../base/errors.js';
import type { Evaluator } from '../search/evaluators/evaluator.js';
import type { Objective } from '../search/objective.js';
import type { PreparedSearch } from '../search/setup.js';
import { isTrained, merit, type TrainedTrial, type Trial } from '../search/trial.js';
import type { CompressibleModel } from './compressible-model.js';
import { Goal, parameterShare, type RankLimits } from './goal.js';
import { type LatencyTable, latencyIn } from './latency-table.js';
import { modelEvaluator, rewardedEvaluator } from './rank-evaluator.js';
import { RankPool } from './rank-pool.js';
import { rankKinds, rankObjective } from './strategies.js';

/** Where a search for ranks gets accuracies and latencies, and the limits that it must keep. */
export interface CompressionSource {
  readonly model: CompressibleModel;
  /** A command containing `{model}`, or code that takes ranks. */
  readonly evaluator: string | Evaluator;
  /** Time in s after which an attempt of the command is killed. */
  readonly timeout?: number;
  /** Further attempts if a command fails; none by default. */
  readonly retries?: number;
  readonly limits: RankLimits;
  /** Accuracy that may be lost. If set, the search looks for the smallest model. */
  readonly maxLoss?: number;
  /** Latencies on the device, if latency matters. */
  readonly latency?: LatencyTable;
  /** Further facts for a run's log: the model's file, the device. */
  readonly described: Readonly<Record<string, unknown>>;
}

export interface PreparedCompression extends PreparedSearch {
  readonly pool: RankPool;
  readonly objective: Objective;
}

/**
 * Prepares a search for the ranks of a model.
 *
 * @throws InputError without a limit or a greatest loss, and for a limit that no ranks can keep
 */
export function prepareCompression(source: CompressionSource): PreparedCompression {
  const { model, limits, maxLoss, latency, evaluator } = source;
  const { ranks } = model;
  const { maxParameters, maxLatencyMs } = limits;
  if (maxParameters === undefined && maxLatencyMs === undefined && maxLoss === undefined) {
    throw new InputError('say what the model must keep to: --max-params, --max-latency or --max-loss');
  }
  if (maxLatencyMs !== undefined && latency === undefined) {
    throw new InputError('it needs a --device, or --measure', { field: '--max-latency' });
  }
  const costs = {
    parameters: parameterShare(ranks, model.parameters),
    ...(latency && { latencyMs: (architecture: Uint8Array) => latencyIn(latency, architecture) }),
  };
  const goal = new Goal(limits, costs, ranks.dense, maxLoss);
  mustBePossible(model, goal);
  const pool = new RankPool(ranks, goal);
  const given = typeof evaluator === 'string' ? modelEvaluator(model, evaluator, source) : evaluator;
  return {
    pool,
    objective: rankObjective(pool),
    evaluator: rewardedEvaluator(pool, given),
    strategies: rankKinds,
    hints: {},
    described: {
      ...source.described,
      evaluator: typeof evaluator === 'string' ? evaluator : 'code',
      ranks: ranks.space.slots.map(({ name, options }) => `${name}: ${options.join(' ')}`),
      maxParameters: maxParameters ?? null,
      maxLatencyMs: maxLatencyMs ?? null,
      maxLoss: maxLoss ?? null,
      ...(latency && { latency }),
    },
  };
}

/** The best evaluated model within the limits; the earliest among equals. */
export function bestWithin(
  { pool }: PreparedCompression,
  trials: readonly Trial[],
): TrainedTrial | undefined {
  const { goal, architectures } = pool;
  return trials
    .filter(isTrained)
    .filter(({ candidate, outcome }) => goal.isWithin(architectures[candidate]) && merit(outcome) > -Infinity)
    .reduce<TrainedTrial | undefined>(
      (best, trial) => (best && merit(best.outcome) >= merit(trial.outcome) ? best : trial),
      undefined,
    );
}

function mustBePossible({ ranks }: CompressibleModel, goal: Goal): void {
  const smallest = Uint8Array.from(ranks.ranks, (options) => options.length - 1);
  const { maxParameters, maxLatencyMs } = goal.limits;
  const share = goal.costs.parameters(smallest);
  if (maxParameters !== undefined && share > maxParameters) {
    throw new InputError(
      `the lowest ranks leave ${share.toFixed(3)} of the parameters; the limit must be at least that`,
      { field: '--max-params' },
    );
  }
  // Latency need not fall with the rank, so take the fastest option of each matrix.
  const fastest = Uint8Array.from(ranks.ranks, (options, i) => {
    const alone = options.map((_, option) => goal.costs.latencyMs?.(ranks.dense.with(i, option)) ?? 0);
    return alone.indexOf(Math.min(...alone));
  });
  const least = goal.costs.latencyMs?.(fastest) ?? 0;
  if (maxLatencyMs !== undefined && least > maxLatencyMs) {
    throw new InputError(
      `the fastest ranks take ${least.toPrecision(3)} ms; the limit must be at least that`,
      { field: '--max-latency' },
    );
  }
}
