import type { Random } from '../../base/random.js';
import type { CandidatePool } from '../pool.js';
import { isTrained, mayCount, type Proposal, type TrainedTrial } from '../trial.js';
import { wholeNumberWithin } from './option-rules.js';
import { drawUntried, strategyKind } from './strategy.js';

export interface EvolutionOptions {
  /** Number of living networks; each new one makes the oldest die. */
  readonly population: number;
  /** Number of living networks drawn for a tournament, whose winner has a child. */
  readonly tournament: number;
}

/** Number of mutations in a row that are tried for an untried child before a random network is taken instead. */
const ATTEMPTS = 20;

/**
 * `evolution`: regularised (aging) evolution (Real et al., arXiv:1802.01548, algorithm 1): a random
 * population, then children of tournament winners by one mutation. The oldest die, however good they are. As
 * in the paper, children are produced while others are training, from parents that already have an accuracy.
 */
export const evolutionKind = strategyKind<EvolutionOptions>(
  'evolution',
  'regularised evolution: children of tournament winners, the oldest die',
  { population: wholeNumberWithin(1, 100_000), tournament: wholeNumberWithin(1, 100_000) },
  { population: 25, tournament: 10 },
  ({ pool, objective }, options) => ({
    async propose(trials, count, random) {
      const trained = trials.filter(isTrained);
      const missing = options.population - trials.filter(mayCount).length;
      const drawnAtRandom = (most: number) =>
        drawUntried(pool, trials, most, random).map((candidate) => ({ candidate, reason: 'random' }));
      if (missing > 0) return drawnAtRandom(Math.min(count, missing));
      if (trained.length === 0) return drawnAtRandom(1);
      const value = objective.value(trained, random);
      const alive = trained.slice(-options.population).map((trial) => ({
        ...trial,
        fitness: value(trial.outcome.accuracy, trial.candidate),
      }));
      const tried = new Set(trials.map(({ candidate }) => candidate));
      const child = untriedChild(pool, alive, options.tournament, tried, random);
      return child ? [child] : drawnAtRandom(1);
    },
  }),
);

type Living = TrainedTrial & { readonly fitness: number };

/** An untried mutation of a tournament's winner. */
function untriedChild(
  pool: CandidatePool,
  alive: readonly Living[],
  tournament: number,
  tried: ReadonlySet<number>,
  random: Random,
): Proposal | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const drawn = random.shuffle([...alive]).slice(0, tournament);
    const winner = drawn.reduce((best, living) => (living.fitness > best.fitness ? living : best));
    const children = pool.neighbours(winner.candidate);
    const candidate = children[random.integer(children.length)];
    if (!tried.has(candidate)) return { candidate, reason: 'child', parent: winner.number };
  }
  return undefined;
}
