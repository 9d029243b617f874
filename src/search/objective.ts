import type { Random } from '../base/random.js';
import { isGain } from './constraints.js';
import { hypervolume, paretoFront } from './hypervolume.js';
import type { CandidatePool } from './pool.js';
import type { TrainedTrial } from './trial.js';
import { unitScale } from './unit-scale.js';

/** The value of a candidate with some accuracy, measured or predicted; more is better. */
export type Worth = (accuracy: number, candidate: number) => number;

/** The goal of a search, as one number that strategies maximise. */
export interface Objective {
  readonly name: 'accuracy' | 'pareto' | 'reward';
  /**
   * @param trained networks trained so far, at least one
   * @param random draws the trade-off, if there is one: each call aims at another part of the front
   */
  value(trained: readonly TrainedTrial[], random: Random): Worth;
}

/** The most accurate network. Latency limits, if any, have already been applied to the pool. */
export const accuracyObjective: Objective = {
  name: 'accuracy',
  value: () => (accuracy) => accuracy,
};

/** Weight of the sum relative to the minimum in the augmented Tchebycheff function (ParEGO's ρ). */
const AUGMENTATION = 0.05;

/**
 * The front of accuracy against all costs of the pool (latencies, MACs). Each round maximises another
 * randomly weighted augmented Tchebycheff function of them (ParEGO, Knowles, IEEE TEVC 10(1), 2006, eq. 2),
 * with logarithms of costs.
 */
export function paretoObjective(pool: CandidatePool): Objective {
  const costs = Object.entries(pool.costs).map(cheapness);
  return {
    name: 'pareto',
    value(trained, random) {
      const accuracy = unitScale(trained.map(({ outcome }) => outcome.accuracy));
      const weights = simplexPoint(costs.length + 1, random);
      return (accuracyOf, candidate) => {
        const terms = [accuracy(accuracyOf), ...costs.map((cost) => cost(candidate))].map(
          (utility, axis) => weights[axis] * utility,
        );
        return Math.min(...terms) + AUGMENTATION * terms.reduce((sum, term) => sum + term, 0);
      };
    },
  };
}

/** The trials on the front of accuracy and the pool's costs, and the share of the unit cube that they dominate. */
export function frontOf(
  pool: CandidatePool,
  trained: readonly TrainedTrial[],
): { readonly front: TrainedTrial[]; readonly hypervolume: number } {
  const costs = Object.entries(pool.costs).map(cheapness);
  const points = trained.map(({ candidate, outcome }) => [
    outcome.accuracy / 100,
    ...costs.map((cost) => cost(candidate)),
  ]);
  return {
    front: paretoFront(points).map((i) => trained[i]),
    hypervolume: hypervolume(points, points[0]?.map(() => 0) ?? [0]),
  };
}

/**
 * 0 for the most expensive candidate of the pool, 1 for the cheapest (or, if more is better, for the one with
 * the most); linear in the logarithm.
 */
function cheapness([name, cost]: [string, Float64Array]): (candidate: number) => number {
  const scale = unitScale(Array.from(cost, Math.log));
  const share = (candidate: number) => scale(Math.log(cost[candidate]));
  return isGain(name) ? share : (candidate) => 1 - share(candidate);
}

/** Uniformly distributed non-negative weights with sum 1. */
function simplexPoint(dimensions: number, random: Random): number[] {
  const gaps = Array.from({ length: dimensions }, () => -Math.log(1 - random.uniform()));
  const sum = gaps.reduce((total, gap) => total + gap, 0);
  return gaps.map((gap) => gap / sum);
}
