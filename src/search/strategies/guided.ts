import { linearRegression } from 'simple-statistics';
import type { Random } from '../../base/random.js';
import { kendall } from '../../predictors/metrics.js';
import { AccuracyPredictor, type AccuracyPredictorOptions, type Comparison } from '../accuracy-predictor.js';
import { Neighbourhoods } from '../neighbourhoods.js';
import { consistentScores, sortedByComparison } from '../ranking.js';
import { isKnown, isTrained, mayCount, type Proposal, type TrainedTrial, type Trial } from '../trial.js';
import { numberWithin, type OptionRules, oneOf, trueOrFalse, wholeNumberWithin } from './option-rules.js';
import { drawUntried, type Strategy, type StrategyTask } from './strategy.js';

/** How a search uses its accuracy predictor. */
export interface GuidedOptions extends AccuracyPredictorOptions {
  /** Number of networks the predictor learns from; the rest of the budget goes to the best predicted. */
  readonly samples: number;
  /**
   * Number of rounds in which these are chosen: the first at random, the others from what is known by then. 1
   * means one-shot.
   */
  readonly rounds: number;
  /** Share of a round that is the best predicted; the others are drawn from the better part of the ranking. */
  readonly alpha: number;
  /** `sort`: by the comparison, as published; `score`: by a network's average margin over others. */
  readonly ranking: 'sort' | 'score';
  /** Number of standard deviations over members that are added to a score, so that uncertainty is a reason to train. */
  readonly exploration: number;
  /**
   * Share of the neighbours' mean predicted score in a network's score; 0 by default. Of two networks that
   * seem equally good, the one among good ones is better (NA, arXiv:2105.06369). No neighbour is trained for
   * it.
   */
  readonly flat?: number;
}

/** The ranges keep a request from asking for more than a machine can provide. */
export const guidedRules: OptionRules<GuidedOptions> = {
  relation: oneOf('binary', 'score', 'regression'),
  samples: wholeNumberWithin(2, 100_000),
  rounds: wholeNumberWithin(1, 10_000),
  alpha: numberWithin(0, 1),
  ranking: oneOf('sort', 'score'),
  exploration: numberWithin(-100, 100),
  flat: numberWithin(0, 1),
  hidden: wholeNumberWithin(1, 4096),
  layers: wholeNumberWithin(1, 32),
  members: wholeNumberWithin(1, 100),
  steps: wholeNumberWithin(1, 100_000),
  learningRate: numberWithin(1e-6, 1),
  weightDecay: numberWithin(0, 1),
  dropout: numberWithin(0, 0.95),
  sharpness: numberWithin(1e-3, 1000),
  warmStart: trueOrFalse,
  threads: wholeNumberWithin(1, 64),
};

const LEAST_SLOPE = 1e-6;

/**
 * The search of BRP-NAS (Dudziak et al., arXiv:2007.08668, section 4.2, algorithm 1). The first round is
 * random. Each later one ranks the pool with a predictor fitted to all earlier results, and takes the best
 * untried networks, and others at random from the top half, quarter, eighth … A round does not wait for the
 * previous one to end: its predictor uses what is known by then, and the ranking leaves out networks in
 * training, as it does within a round.
 */
export class GuidedSearch implements Strategy {
  quality: number | undefined;
  private readonly predictor: AccuracyPredictor;
  private readonly perRound: number;
  private fittedRound: number | undefined;
  private comparisons: Comparison[] = [];
  /** The scores by which the last round was chosen. */
  private predicted: Float64Array | undefined;
  private readonly neighbourhoods: Neighbourhoods | undefined;

  constructor(
    private readonly task: StrategyTask,
    private readonly options: GuidedOptions,
  ) {
    // There are no proxies for the networks that limits removed.
    const withRefused = (task.proxies ?? []).length === 0;
    this.neighbourhoods = options.flat ? new Neighbourhoods(task.pool, withRefused) : undefined;
    const seen = this.neighbourhoods?.seen ?? task.pool;
    this.predictor = new AccuracyPredictor(seen, options, task.seed, task.proxies);
    this.perRound = options.rounds === 1 ? this.samples : Math.ceil(options.samples / options.rounds);
  }

  async propose(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]> {
    const trained = trials.filter(isTrained);
    const missing = this.samples - this.sampled(trials);
    const round = trials.length === 0 ? 0 : trials[trials.length - 1].round + 1;
    if (trained.length < 2 || (this.options.rounds === 1 && missing > 0)) {
      const size = Math.min(count, missing > 0 ? missing : 1, this.perRound);
      return drawUntried(this.task.pool, trials, size, random).map((candidate) => ({
        candidate,
        reason: 'random',
      }));
    }
    this.quality = this.qualityOf(trained.filter((trial) => trial.round === round - 1));
    await this.fitAfter(round - 1, trained);
    const scores = this.scores();
    this.predicted = scores;
    if (missing <= 0) return this.bestPredicted(scores, trials, count, random);
    const size = Math.min(missing, this.perRound);
    const best = this.bestPredicted(scores, trials, Math.round(size * this.options.alpha), random);
    const ranking = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
    const betterPart = ranking.slice(0, Math.max(size, Math.ceil(ranking.length / 2 ** round)));
    const others = drawUntried(this.task.pool, [...trials, ...best], size - best.length, random, betterPart);
    const drawn = others.map((candidate) => ({ candidate, reason: `top 1/${2 ** round}` }));
    return [...best, ...drawn].slice(0, count);
  }

  /** Results of earlier runs replace random networks, but not rounds, each of which adds knowledge. */
  private sampled(trials: readonly Trial[]): number {
    const counted = trials.filter(mayCount);
    return this.options.rounds === 1 ? counted.length : counted.filter((trial) => !isKnown(trial)).length;
  }

  /** Every round's fit may start from the previous one. */
  async recall(trials: readonly Trial[], size: number, random: Random): Promise<void> {
    if (this.options.warmStart) await this.propose(trials, size, random);
  }

  /**
   * With `flat`: the trained network that is best by its accuracy and those of its neighbours, measured if
   * they were trained, otherwise predicted.
   */
  async choose(trials: readonly Trial[]): Promise<TrainedTrial | undefined> {
    const trained = trials.filter(isTrained);
    if (!this.neighbourhoods || trained.length < 2) return undefined;
    await this.fitAfter(trials[trials.length - 1].round, trained);
    const scores = this.ownScores();
    const accuracyOf = accuracyLine(scores, trained);
    const accuracies = scores.map(accuracyOf);
    for (const { candidate, outcome } of trained) accuracies[candidate] = outcome.accuracy;
    const worth = this.neighbourhoods.mixed(accuracies, this.options.flat!);
    return trained.reduce((best, trial) => (worth[trial.candidate] > worth[best.candidate] ? trial : best));
  }

  private qualityOf(lastRound: readonly TrainedTrial[]): number | undefined {
    const { predicted } = this;
    if (!predicted || lastRound.length < 2) return undefined;
    const scores = Float64Array.from(lastRound, ({ candidate }) => predicted[candidate]);
    return kendall(
      scores,
      Float64Array.from(lastRound, ({ outcome }) => outcome.accuracy),
    );
  }

  /**
   * Number of networks the predictor learns from. One-shot keeps half of a small budget for its predictions.
   * Rounds are cut where the budget ends, with the best predicted first, so that a smaller budget gives the
   * beginning of a larger one.
   */
  private get samples(): number {
    const { samples, rounds } = this.options;
    return rounds === 1 ? Math.min(samples, Math.ceil(this.task.budget / 2)) : samples;
  }

  /** Fits once to everything known after a round; with `warmStart`, from the result of the last fit. */
  private async fitAfter(round: number, trained: readonly TrainedTrial[]): Promise<void> {
    if (round === this.fittedRound) return;
    if (this.fittedRound === undefined && this.task.pretraining)
      await this.predictor.pretrain(this.task.pretraining);
    const samples = trained.map(({ candidate, outcome }) => ({ candidate, value: outcome.accuracy }));
    this.comparisons = await this.predictor.fit(samples, round);
    this.fittedRound = round;
  }

  /** `[candidate]`, without a unit; more is better. */
  private scores(): Float64Array {
    const own = this.ownScores();
    return this.neighbourhoods ? this.neighbourhoods.mixed(own, this.options.flat!) : own;
  }

  /** Of each network alone, `[network seen]`. */
  private ownScores(): Float64Array {
    const { ranking, exploration } = this.options;
    if (ranking === 'score') {
      const { mean, std } = consistentScores(this.comparisons);
      return mean.map((score, i) => score + exploration * std[i]);
    }
    const scores = new Float64Array(this.comparisons[0].first.length);
    sortedByComparison(this.comparisons).forEach((candidate, rank) => {
      scores[candidate] = -rank;
    });
    return scores;
  }

  /** The candidates that the objective values most if their accuracy is as predicted. */
  private bestPredicted(
    scores: Float64Array,
    trials: readonly Trial[],
    count: number,
    random: Random,
  ): Proposal[] {
    const trained = trials.filter(isTrained);
    const accuracyOf = accuracyLine(scores, trained);
    const tried = new Set(trials.map(({ candidate }) => candidate));
    const chosen: Proposal[] = [];
    while (chosen.length < count) {
      // An objective with a trade-off has a different one for each network.
      const value = this.task.objective.value(trained, random);
      const worth = (candidate: number) => value(accuracyOf(scores[candidate]), candidate);
      let best: number | undefined;
      let most = Number.NEGATIVE_INFINITY;
      for (let candidate = 0; candidate < scores.length; candidate++) {
        if (tried.has(candidate)) continue;
        const w = worth(candidate);
        if (best === undefined || w > most) [best, most] = [candidate, w];
      }
      if (best === undefined) break;
      tried.add(best);
      chosen.push({ candidate: best, reason: 'best predicted' });
    }
    return chosen;
  }
}

/** Accuracies in percent from scores: a line through the trained networks. */
function accuracyLine(scores: Float64Array, trained: readonly TrainedTrial[]): (score: number) => number {
  const { m, b } = linearRegression(
    trained.map(({ candidate, outcome }) => [scores[candidate], outcome.accuracy]),
  );
  // A falling or undefined line says nothing about the scale, but the order of the scores still holds.
  const slope = m > 0 ? m : LEAST_SLOPE;
  return (score) => slope * score + b;
}
