import { InputError } from '../base/errors.js';
import type { Random } from '../base/random.js';
import type { Objective } from '../search/objective.js';
import { evolutionKind } from '../search/strategies/evolution.js';
import { numberWithin, wholeNumberWithin } from '../search/strategies/option-rules.js';
import { randomKind } from '../search/strategies/random.js';
import {
  type Strategy,
  type StrategyKind,
  type StrategyTask,
  strategyKind,
} from '../search/strategies/strategy.js';
import { isTrained, type Trial } from '../search/trial.js';
import { GreedyRanks } from './greedy.js';
import { RankController, type RankControllerOptions } from './rank-controller.js';
import { RankPool } from './rank-pool.js';

/** The reward of a goal as an objective, for strategies that do not know about ranks. */
export function rankObjective(pool: RankPool): Objective {
  return {
    name: 'reward',
    value: () => (accuracy, candidate) => pool.goal.reward(accuracy, pool.architectures[candidate]),
  };
}

/** Evaluates the dense model first, because rewards are relative to it, and leaves everything else to a strategy. */
class DenseFirst implements Strategy {
  constructor(
    private readonly pool: RankPool,
    private readonly strategy: Strategy,
  ) {}

  async propose(trials: readonly Trial[], count: number, random: Random) {
    const { dense } = this.pool;
    const ofDense = trials.filter(({ candidate }) => candidate === dense);
    // Every reward is relative to it, so all others wait for it. If it failed, it is tried again.
    if (ofDense.some(({ outcome }) => !outcome)) return [];
    if (!ofDense.some(isTrained)) return [{ candidate: dense, reason: 'dense' }];
    return this.strategy.propose(this.others(trials), count, random);
  }

  async recall(trials: readonly Trial[], size: number, random: Random) {
    const { dense } = this.pool;
    if (!trials.some((trial) => trial.candidate === dense && isTrained(trial))) return;
    await this.strategy.recall?.(this.others(trials), size, random);
  }

  private others(trials: readonly Trial[]): Trial[] {
    return trials.filter(({ candidate }) => candidate !== this.pool.dense);
  }
}

function rankPoolOf({ pool }: StrategyTask): RankPool {
  if (pool instanceof RankPool) return pool;
  throw new InputError('this strategy chooses ranks of matrices, and nothing else');
}

/** The same strategy, after the dense model. */
function denseFirst(kind: StrategyKind): StrategyKind {
  return {
    ...kind,
    create(task, given) {
      const { strategy, options } = kind.create(task, given);
      return { strategy: new DenseFirst(rankPoolOf(task), strategy), options };
    },
  };
}

/** `rl`: an RNN controller that decides one rank after the other, trained with REINFORCE. */
const rlKind = strategyKind<RankControllerOptions>(
  'rl',
  'RNN controller trained with REINFORCE, which learns from models over the limit unevaluated',
  {
    hidden: wholeNumberWithin(1, 4096),
    learningRate: numberWithin(1e-6, 1),
    entropy: numberWithin(0, 100),
    decay: numberWithin(0, 1),
  },
  { hidden: 32, learningRate: 0.03, entropy: 0.05, decay: 0.9 },
  (task, options) => new RankController(task, rankPoolOf(task), options),
);

/** `greedy`: measures the sensitivity of each matrix alone, then takes the ranks with the least expected loss. */
const greedyKind = strategyKind(
  'greedy',
  'each matrix lowered alone, then the ranks whose losses add up to the least',
  {},
  {},
  (task) => new GreedyRanks(rankPoolOf(task)),
);

/** Strategies that choose ranks. All of them evaluate the dense model first. */
export const rankKinds: readonly StrategyKind[] = [rlKind, greedyKind, evolutionKind, randomKind].map(
  denseFirst,
);
