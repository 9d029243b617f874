import type { Evaluator } from '../evaluators/evaluator.js';
import type { Objective } from '../objective.js';
import type { Outcome } from '../trial.js';
import type { PairPool } from './pair-pool.js';
import { rewardOf, type Scenario } from './scenario.js';

/** The reward of a scenario as an objective, for strategies that do not know about accelerators. */
export function rewardObjective(pool: PairPool, scenario: Scenario): Objective {
  return {
    name: 'reward',
    value: () => (accuracyPercent, candidate) => {
      const pair = { accuracyPercent, ...pool.metricsOf(pool.architectures[candidate]) };
      return rewardOf(scenario, pool.ranges, pair);
    },
  };
}

/**
 * Evaluates the networks of pairs, each only once even if it is paired with several accelerators, and adds
 * the pair's reward to the accuracy.
 *
 * @param networks evaluates networks alone, without dead operations
 */
export function pairEvaluator(pool: PairPool, scenario: Scenario, networks: Evaluator): Evaluator {
  const known = new Map<string, Promise<Outcome>>();
  return {
    async evaluate(pair, signal) {
      const network = pool.pairs.networkOf(pair);
      const key = network.join();
      const asked = known.get(key) ?? networks.evaluate(network, signal);
      known.set(key, asked);
      const outcome = await asked;
      if ('error' in outcome) {
        known.delete(key);
        return outcome;
      }
      const metrics = pool.metricsOf(pair);
      return {
        ...outcome,
        reward: rewardOf(scenario, pool.ranges, { accuracyPercent: outcome.accuracy, ...metrics }),
        details: { ...outcome.details, ...metrics },
      };
    },
  };
}
