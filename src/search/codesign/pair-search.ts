import { InputError } from '../../base/errors.js';
import { Random } from '../../base/random.js';
import type { Architecture } from '../../spaces/space.js';
import { drawUntried, type Strategy, type StrategyTask } from '../strategies/strategy.js';
import { isTrained, type Proposal, type TrainedTrial, type Trial } from '../trial.js';
import { Learner, type LearnerOptions } from './learner.js';
import { PairPool } from './pair-pool.js';

export type PairSearchOptions = Pick<LearnerOptions, 'hidden' | 'learningRate' | 'entropy' | 'decay'>;

/** The part of a pair that a controller decides. */
export type PairPart = 'pair' | 'network' | 'accelerator';

/** How the next pairs are drawn. */
export interface Turn {
  readonly part: PairPart;
  /** The pair that provides the other part. */
  readonly rest?: Architecture;
  /** What the controller is rewarded with instead of the pair's reward. */
  readonly reward?: (accuracyPercent: number) => number;
  /** Number of pairs until the next turn. */
  readonly left: number;
}

/** The turn that follows the given trials; it depends on these alone. */
export type Plan = (trials: readonly Trial[], search: PairSearch) => Turn;

/** Number of children in a row that may bring nothing new before a random pair is taken instead. */
const MOST_CHILDREN = 10;
/** Largest severity of a punishment, also used for a network that computes nothing. */
const WORST = 1;
/** Number of pairs from which the first accelerator for a network is chosen. */
const FIRST_DRAWS = 64;

/**
 * Search for pairs by RNN controllers (Codesign-NAS, Abdelfattah et al., DAC 2020, section 4). If a pair
 * exceeds a limit of latency or area, the controller learns the punishment without any training; if it was
 * tried before, the controller learns its reward again. Every other pair becomes a trial.
 */
export class PairSearch implements Strategy {
  readonly pool: PairPool;
  private readonly learners = new Map<PairPart, Learner>();
  /** For each trial whose round has been drawn: how it was drawn, if by a controller. */
  private readonly drawn: ({ readonly turn: Turn; readonly choices: readonly number[] } | undefined)[] = [];
  /** Numbers of the trials from whose outcome a controller has learned. */
  private readonly learned = new Set<number>();
  private firstPair: Architecture | undefined;

  /** @throws InputError if the task does not include accelerators */
  constructor(
    readonly task: StrategyTask,
    private readonly options: PairSearchOptions,
    private readonly plan: Plan,
  ) {
    if (!(task.pool instanceof PairPool)) {
      throw new InputError(
        'this strategy searches for pairs of a network and an accelerator; give codesign weights',
      );
    }
    this.pool = task.pool;
  }

  async propose(trials: readonly Trial[], _left: number, random: Random): Promise<Proposal[]> {
    return this.recall(trials, 1, random);
  }

  /**
   * Draws the next pairs. Controllers also learn from children that are missing from a log, so these are
   * drawn again.
   */
  async recall(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]> {
    await this.learnFrom(trials);
    const turn = this.plan(trials, this);
    const wanted = Math.min(count, turn.left);
    const learner = this.learnerOf(turn.part);
    const known = new Map<number, Trial | undefined>(trials.map((trial) => [trial.candidate, trial]));
    const proposals: Proposal[] = [];
    for (let vain = 0; proposals.length < wanted && vain < MOST_CHILDREN; vain++) {
      const choices = await learner.sample(random);
      const pair = this.pairOf(choices, turn);
      const candidate = this.pool.candidateOf(pair);
      if (candidate === undefined) {
        const excess = this.pool.isNetwork(pair) ? this.pool.excess(pair) : Number.POSITIVE_INFINITY;
        await learner.punish(choices, Math.min(WORST, excess));
      } else if (known.has(candidate)) {
        const trial = known.get(candidate);
        if (trial && isTrained(trial)) await learner.learn(choices, this.rewardOf(trial, turn, trials));
      } else {
        known.set(candidate, undefined);
        this.drawn.push({ turn, choices });
        proposals.push({ candidate, reason: turn.part });
        vain = 0;
      }
    }
    const others = [...trials, ...proposals];
    for (const candidate of drawUntried(this.pool, others, wanted - proposals.length, random)) {
      // A controller of whole pairs can learn from a pair that it did not draw.
      const choices = Array.from(this.pool.architectures[candidate]);
      this.drawn.push(turn.part === 'pair' ? { turn, choices } : undefined);
      proposals.push({ candidate, reason: 'random' });
    }
    return proposals;
  }

  /** The trial with the highest reward. */
  best(trials: readonly Trial[]): TrainedTrial | undefined {
    return this.highest(trials, this.valueOf(trials));
  }

  /** The trial with the highest value, the earliest among equals. */
  highest(trials: readonly Trial[], value: (trial: TrainedTrial) => number): TrainedTrial | undefined {
    return trials
      .filter(isTrained)
      .reduce<TrainedTrial | undefined>((a, b) => (a && value(a) >= value(b) ? a : b), undefined);
  }

  /** A pair within the limits: one network with the fastest of several accelerators. */
  first(): Architecture {
    if (!this.firstPair) {
      const random = new Random(this.task.seed);
      const drawn = this.pool
        .drawUntried(new Set(), FIRST_DRAWS, random)
        .map((i) => this.pool.architectures[i]);
      if (drawn.length === 0) throw new InputError('no pair keeps within the limits; raise them');
      const { pairs } = this.pool;
      const network = pairs.networkOf(drawn[0]);
      const latency = (pair: Architecture) =>
        this.pool.metricsOf(pairs.join(network, pairs.acceleratorOf(pair))).latencyMs;
      this.firstPair = drawn.reduce((a, b) => (latency(b) < latency(a) ? b : a));
    }
    return this.firstPair;
  }

  private valueOf(trials: readonly Trial[]): (trial: TrainedTrial) => number {
    const { objective, seed } = this.task;
    const value = objective.value(trials.filter(isTrained), new Random(seed));
    return ({ outcome, candidate }) => value(outcome.accuracy, candidate);
  }

  private async learnFrom(trials: readonly Trial[]): Promise<void> {
    for (const trial of trials) {
      const drawn = this.drawn[trial.number - 1];
      if (!drawn || !isTrained(trial) || this.learned.has(trial.number)) continue;
      this.learned.add(trial.number);
      await this.learnerOf(drawn.turn.part).learn(drawn.choices, this.rewardOf(trial, drawn.turn, trials));
    }
  }

  private rewardOf(trial: TrainedTrial, { reward }: Turn, trials: readonly Trial[]): number {
    return reward ? reward(trial.outcome.accuracy) : this.valueOf(trials)(trial);
  }

  private pairOf(choices: readonly number[], { part, rest }: Turn): Architecture {
    const chosen = Uint8Array.from(choices);
    if (part === 'pair' || !rest) return chosen;
    const { pairs } = this.pool;
    return part === 'network'
      ? pairs.join(chosen, pairs.acceleratorOf(rest))
      : pairs.join(pairs.networkOf(rest), chosen);
  }

  private learnerOf(part: PairPart): Learner {
    let learner = this.learners.get(part);
    if (!learner) {
      const options = this.pool.space.slots.map((slot) => slot.options.length);
      const networkSlots = this.pool.pairs.networkSlots;
      const steps =
        part === 'pair'
          ? options
          : part === 'network'
            ? options.slice(0, networkSlots)
            : options.slice(networkSlots);
      learner = new Learner({ ...this.options, steps, seed: this.task.seed });
      this.learners.set(part, learner);
    }
    return learner;
  }
}
