import { Random } from '../../base/random.js';
import { isTrained, type TrainedTrial, type Trial } from '../trial.js';
import { drawUntried, strategyKind } from './strategy.js';

const START = 'start';

/**
 * `local`: local search (White et al., arXiv:2005.02960, algorithm 1, moving at the first improvement):
 * neighbours of the best network since the last start, in random order; a new random start when there are
 * none left.
 */
export const localSearchKind = strategyKind(
  'local',
  'local search: neighbours of the best network, a new start where none is better',
  {},
  {},
  ({ pool, objective, seed }) => ({
    async propose(trials, _count, random) {
      // The first climb begins with the results of earlier runs.
      const start = Math.max(
        0,
        trials.findLastIndex(({ reason }) => reason === START),
      );
      const climb = trials.slice(start);
      const best = fittest(climb, start);
      // Networks in training may turn out to be better: their neighbours come before a new start.
      const centres = [...(best ? [best] : []), ...climb.filter(({ outcome }) => outcome === undefined)];
      for (const { candidate: centre, number: parent } of centres) {
        const [candidate] = drawUntried(pool, trials, 1, random, pool.neighbours(centre));
        if (candidate !== undefined) return [{ candidate, reason: 'neighbour', parent }];
      }
      return drawUntried(pool, trials, 1, random).map((candidate) => ({ candidate, reason: START }));

      /** One climb uses one scalarisation of the objective. */
      function fittest(climb: readonly Trial[], climbNumber: number): TrainedTrial | undefined {
        const trained = climb.filter(isTrained);
        const value = objective.value(trials.filter(isTrained), new Random(seed * 7919 + climbNumber));
        const fitness = ({ outcome, candidate }: TrainedTrial) => value(outcome.accuracy, candidate);
        return trained.reduce<TrainedTrial | undefined>(
          (best, trial) => (best && fitness(best) >= fitness(trial) ? best : trial),
          undefined,
        );
      }
    },
  }),
);
