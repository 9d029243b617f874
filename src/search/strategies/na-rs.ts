import { mean, median, min } from 'simple-statistics';
import type { CandidatePool } from '../pool.js';
import { isTrained, type Proposal, type TrainedTrial, type Trial } from '../trial.js';
import { oneOf, wholeNumberWithin } from './option-rules.js';
import { drawUntried, strategyKind } from './strategy.js';

export interface NaRsOptions {
  /** Number of neighbours trained with each network, if it has as many. */
  readonly neighbours: number;
  /** How to combine a network and its neighbours; `both`: half its own accuracy, half the mean. */
  readonly aggregate: 'mean' | 'median' | 'min' | 'both';
}

const CENTRE = 'centre';

/**
 * `na-rs`: neighbourhood-aware random search (Wang et al., arXiv:2105.06369). Random networks are trained
 * together with some of their neighbours, one choice away; the result is the network with the best
 * neighbourhood, not the one that is best alone. Every neighbour counts as a training, so it is for
 * evaluations that are cheap (weight sharing, a proxy) and noisy. If trainings are expensive, `brp` with
 * `flat` takes neighbourhoods into account for free.
 */
export const naRsKind = strategyKind<NaRsOptions>(
  'na-rs',
  'random networks with their neighbours; returns the best neighbourhood, not the best network',
  { neighbours: wholeNumberWithin(1, 1000), aggregate: oneOf('mean', 'median', 'min', 'both') },
  { neighbours: 8, aggregate: 'mean' },
  ({ pool }, { neighbours, aggregate }) => ({
    /** One centre with its neighbours per round. */
    async propose(trials, count, random) {
      const [centre] = drawUntried(pool, trials, 1, random);
      if (centre === undefined) return [];
      const tried = [...trials, { candidate: centre }];
      const around = drawUntried(pool, tried, neighbours, random, pool.neighbours(centre));
      const parent = trials.length + 1;
      const proposals: Proposal[] = [{ candidate: centre, reason: CENTRE }];
      for (const candidate of around) proposals.push({ candidate, reason: 'neighbour', parent });
      return proposals.slice(0, count);
    },
    async choose(trials) {
      const centres = trials.filter(isTrained).filter(({ reason }) => reason === CENTRE);
      const scores = new Map(centres.map((trial) => [trial, aggregated(pool, trials, trial, aggregate)]));
      return centres.reduce<TrainedTrial | undefined>(
        (best, trial) => (best && scores.get(best)! >= scores.get(trial)! ? best : trial),
        undefined,
      );
    },
  }),
);

/** Combines a network with all of its trained neighbours, whichever centre they were drawn for. */
function aggregated(
  pool: CandidatePool,
  trials: readonly Trial[],
  centre: TrainedTrial,
  aggregate: NaRsOptions['aggregate'],
): number {
  const around = new Set(pool.neighbours(centre.candidate));
  const trained = trials.filter(isTrained).filter(({ candidate }) => around.has(candidate));
  const own = centre.outcome.accuracy;
  const accuracies = [own, ...trained.map(({ outcome }) => outcome.accuracy)];
  if (aggregate === 'both') return (own + mean(accuracies)) / 2;
  return { mean, median, min }[aggregate](accuracies);
}
