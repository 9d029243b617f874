import { Random } from '../../base/random.js';
import { isTrained, type TrainedTrial, type Trial } from '../trial.js';
import { drawUntried, strategyKind } from './strategy.js';

const START = 'start';

/**
 * `local`: local search (White et al., arXiv:2005.02960, algorithm 1, moving at the first improvement): the
 * neighbours of the best network since the last start, in random order; a new random start where there are none
 * left.
 */
export const localSearchKind = strategyKind(
  'local',
  'local search: neighbours of the best network, a new start where none is better',
  {},
  {},
  ({ pool, objective, parallel, seed }) => ({
    async propose(trials, count, random) {
      const start = trials.findLastIndex(({ reason }) => reason === START);
      const centre = start < 0 ? undefined : fittest(trials.slice(start), start);
      const wanted = Math.min(count, parallel);
      const around = centre
        ? drawUntried(pool, trials, wanted, random, pool.neighbours(centre.candidate))
        : [];
      if (centre && around.length > 0) {
        return around.map((candidate) => ({ candidate, reason: 'neighbour', parent: centre.number }));
      }
      return drawUntried(pool, trials, 1, random).map((candidate) => ({ candidate, reason: START }));

      /** One climb follows one scalarisation of the objective. */
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
