import type { Strategy } from '../search/strategies/strategy.js';
import { bestOf, isTrained, type Proposal, type Trial } from '../search/trial.js';
import type { Architecture } from '../spaces/space.js';
import type { RankPool } from './rank-pool.js';

type Of = (architecture: Architecture) => number;

/**
 * What a careful engineer would do by hand. (1) Lower every matrix alone to each of its ranks. (2) Starting
 * from the dense model, take repeatedly the step that loses the least accuracy for what it saves; evaluate
 * the most promising model on this path. (3) While budget is left, evaluate neighbours of the best model, the
 * most promising first. A model's promise is its reward if the losses of its matrices add up.
 */
export class GreedyRanks implements Strategy {
  /** `[matrix][option - 1]`: the candidates in which only this matrix is not dense. */
  private readonly alone: readonly (readonly number[])[];

  constructor(private readonly pool: RankPool) {
    const { ranks } = pool;
    this.alone = ranks.ranks.map((options, i) =>
      options.slice(1).map((_, o) => pool.candidateOf(ranks.dense.with(i, o + 1))),
    );
  }

  async propose(trials: readonly Trial[]): Promise<Proposal[]> {
    const { pool } = this;
    const tried = new Set(trials.map(({ candidate }) => candidate));
    const untried = (reason: string, candidates: readonly number[]): Proposal[] =>
      candidates
        .filter((candidate) => !tried.has(candidate))
        .slice(0, 1)
        .map((candidate) => ({ candidate, reason }));
    const probes = untried('one alone', this.alone.flat());
    if (probes.length > 0) return probes;
    const probed = new Set(this.alone.flat());
    // The next step depends on the results for every single matrix.
    if (trials.some(({ candidate, outcome }) => !outcome && probed.has(candidate))) return [];
    const loss = this.lossBy(trials);
    const promise: Of = (architecture) =>
      pool.goal.reward((pool.goal.denseAccuracy ?? 0) - loss(architecture), architecture);
    const byPromise = (candidates: readonly number[]) =>
      candidates
        .map((candidate) => ({ candidate, value: promise(pool.architectures[candidate]) }))
        .sort((a, b) => b.value - a.value)
        .map(({ candidate }) => candidate);
    const way = byPromise(this.wayDown(loss));
    const best = bestOf(trials)?.candidate ?? way[0];
    const next = [
      untried('losses added up', way.slice(0, 1)),
      untried('neighbour', byPromise(pool.neighbours(best))),
      untried('on the way down', way),
    ];
    return next.find(({ length }) => length > 0) ?? [];
  }

  /** The accuracy that an architecture loses, if the losses of its matrices add up. */
  private lossBy(trials: readonly Trial[]): Of {
    const dense = this.pool.goal.denseAccuracy ?? 0;
    const accuracies = new Map(
      trials.filter(isTrained).map(({ candidate, outcome }) => [candidate, outcome.accuracy]),
    );
    const losses = this.alone.map((candidates) => {
      // A lower rank never loses less than a higher one, even if a small set of samples says so.
      let loss = 0;
      return candidates.map((candidate) => {
        loss = Math.max(loss, dense - (accuracies.get(candidate) ?? dense));
        return loss;
      });
    });
    return (architecture) =>
      architecture.reduce((sum, option, i) => sum + (option > 0 ? losses[i][option - 1] : 0), 0);
  }

  /** Candidates within the limits on the path from the dense model to the smallest, by the cheapest step each time. */
  private wayDown(loss: Of): number[] {
    const { pool } = this;
    const { goal, space, ranks } = pool;
    const way: number[] = [];
    let at = ranks.dense;
    for (;;) {
      if (goal.isWithin(at)) way.push(pool.candidateOf(at));
      const from = at;
      const steps = space.slots.flatMap(({ options }, i) =>
        from[i] < options.length - 1 ? [from.with(i, from[i] + 1)] : [],
      );
      if (steps.length === 0) return way;
      const price: Of = (to) => {
        const saved = goal.cost(from) - goal.cost(to);
        // A step that saves nothing is the last resort.
        return saved > 0 ? (loss(to) - loss(from)) / saved : Number.MAX_VALUE;
      };
      at = steps.reduce((a, b) => (price(b) < price(a) ? b : a));
    }
  }
}
