import type { Random } from '../../base/random.js';
import { Controller } from '../controller/controller.js';
import { isTrained, type Proposal, type Trial } from '../trial.js';
import { numberWithin, type OptionRules, wholeNumberWithin } from './option-rules.js';
import {
  drawUntried,
  type Strategy,
  type StrategyKind,
  type StrategyTask,
  strategyKind,
} from './strategy.js';

/** How a controller searches. */
export interface ControllerSearchOptions {
  /** Number of units of the LSTM. */
  readonly hidden: number;
  readonly learningRate: number;
  /** Value of one nat of entropy, in units of the reward. */
  readonly entropy: number;
  /** Share of the old baseline in the new one: a moving average of accuracies. */
  readonly baselineDecay: number;
  /** Weight of accuracy in the reward, as a fraction (0 … 1), relative to the latency as a share of its limit. */
  readonly accuracyWeight: number;
}

const RULES: OptionRules<ControllerSearchOptions> = {
  hidden: wholeNumberWithin(1, 4096),
  learningRate: numberWithin(1e-6, 1),
  entropy: numberWithin(0, 100),
  baselineDecay: numberWithin(0, 1),
  accuracyWeight: numberWithin(0, 1000),
};

const DEFAULTS: ControllerSearchOptions = {
  hidden: 32,
  learningRate: 0.005,
  entropy: 0.1,
  baselineDecay: 0.9,
  accuracyWeight: 1,
};

/** Number of children in a row that may bring nothing new before a random network is taken instead. */
const MOST_IN_VAIN = 200;
/** Reward of a child without a path from input to output, which is not worth training: that of one at the limit. */
const BROKEN = -1;

/**
 * Reward of FNAS (Jiang et al., DAC 2019): (rL - L)/rL - 1 for a latency L over the limit rL; otherwise A - b
 * + L/rL, with the accuracy A and a moving average b of accuracies.
 *
 * @param load L/rL
 * @param gain A - b, as fractions; ignored over the limit
 */
export function fnasReward(load: number, gain: number): number {
  return load > 1 ? 1 - load - 1 : gain + load;
}

/**
 * Search by an RNN controller. From a child that is over the limit or broken, the controller learns at once,
 * without training; from a new child, when its accuracy is told; from a repeated one, not again. The baseline
 * of REINFORCE is the mean of the last rewards, which affects its variance but not what it maximises.
 */
class ControllerSearch implements Strategy {
  private readonly controller: Controller;
  /** Load of the slowest network that fits the device; networks that do not fit are given the same. */
  private readonly heaviest: number;
  /** The choices that led to each trial, by the trial's position. */
  private readonly drawn: (readonly number[])[] = [];
  /** Numbers of the trials from whose outcome the controller has learned. */
  private readonly learned = new Set<number>();
  private children = 0;
  private overLimit = 0;
  private meanAccuracy: number | undefined;
  private meanReward: number | undefined;

  /** @param latency whether the reward includes latency */
  constructor(
    private readonly task: StrategyTask,
    private readonly options: ControllerSearchOptions,
    private readonly latency: boolean,
  ) {
    const { pool, seed } = task;
    const steps = pool.space.slots.map((slot) => slot.options.length);
    this.controller = new Controller({ ...options, steps, seed });
    const loads = Array.from(pool.unlimited?.load ?? [1]).filter(Number.isFinite);
    this.heaviest = loads.reduce((a, b) => Math.max(a, b));
  }

  async propose(trials: readonly Trial[], _left: number, random: Random): Promise<Proposal[]> {
    return this.recall(trials, 1, random);
  }

  /** Draws the next children worth training. A log does not contain refused children, so they are drawn again. */
  async recall(trials: readonly Trial[], count: number, random: Random): Promise<Proposal[]> {
    // It has not drawn the results of earlier runs, but can learn from them.
    for (const { candidate } of trials.slice(this.drawn.length)) {
      this.drawn.push(Array.from(this.task.pool.architectures[candidate]));
    }
    for (const trial of trials) await this.learnFrom(trial);
    const { pool } = this.task;
    const tried = new Set(trials.map(({ candidate }) => candidate));
    const proposals: Proposal[] = [];
    const propose = (candidate: number, choices: readonly number[], how: string) => {
      tried.add(candidate);
      this.drawn.push(choices);
      proposals.push({ candidate, reason: `${how}, ${this.overLimit} over the limit` });
    };
    for (let vain = 0; proposals.length < count && vain < MOST_IN_VAIN; vain++) {
      const { choices } = await this.controller.sample(random);
      this.children++;
      const candidate = await this.trainable(choices);
      if (candidate === undefined || tried.has(candidate)) continue;
      propose(candidate, choices, `child ${this.children}`);
      vain = 0;
    }
    for (const candidate of drawUntried(pool, [...trials, ...proposals], count - proposals.length, random)) {
      propose(candidate, Array.from(pool.architectures[candidate]), `random after child ${this.children}`);
    }
    return proposals;
  }

  /** The candidate for a child; undefined if it is refused, in which case the controller has learned from that. */
  private async trainable(choices: readonly number[]): Promise<number | undefined> {
    const { pool } = this.task;
    const architecture = Uint8Array.from(choices);
    if (!pool.space.isConnected(architecture)) {
      await this.reinforce(choices, BROKEN);
      return undefined;
    }
    // If the pool is a sample of its space, the nearest network stands for a child.
    if (!pool.unlimited) return pool.nearestTo(architecture);
    const { pool: all, load } = pool.unlimited;
    const child = all.nearestTo(architecture);
    if (load[child] <= 1) return pool.candidateOf(all.architectures[child]);
    this.overLimit++;
    if (this.latency) await this.reinforce(choices, fnasReward(Math.min(load[child], this.heaviest), 0));
    return undefined;
  }

  private async learnFrom(trial: Trial): Promise<void> {
    if (!isTrained(trial) || this.learned.has(trial.number)) return;
    this.learned.add(trial.number);
    const { pool } = this.task;
    const { accuracyWeight, baselineDecay } = this.options;
    const accuracy = trial.outcome.accuracy / 100;
    this.meanAccuracy ??= accuracy;
    const gain = accuracyWeight * (accuracy - this.meanAccuracy);
    this.meanAccuracy += (1 - baselineDecay) * (accuracy - this.meanAccuracy);
    const load = this.loadOf(pool.architectures[trial.candidate]);
    await this.reinforce(this.drawn[trial.number - 1], fnasReward(load, gain));
  }

  private loadOf(architecture: Uint8Array): number {
    const { unlimited } = this.task.pool;
    return this.latency && unlimited ? unlimited.load[unlimited.pool.candidateOf(architecture)!] : 0;
  }

  private async reinforce(choices: readonly number[], reward: number): Promise<void> {
    this.meanReward ??= reward;
    await this.controller.reinforce(choices, reward - this.meanReward);
    this.meanReward += (1 - this.options.baselineDecay) * (reward - this.meanReward);
  }
}

const accuracyOnly: StrategyKind['misfit'] = (objective) =>
  objective === 'accuracy'
    ? undefined
    : {
        of: 'objective',
        reason: 'a controller has a reward of its own; it searches for accuracy, not for a front',
      };

const accuracyWithinLimits: StrategyKind['misfit'] = (objective, isLimited) =>
  accuracyOnly(objective, isLimited) ??
  (isLimited
    ? undefined
    : { of: 'limits', reason: 'fnas needs a latency limit on a device; give one, or take nas' });

/** `nas`: the baseline for `fnas`, and a controller for searches without a latency limit. */
export const nasKind = strategyKind<ControllerSearchOptions>(
  'nas',
  'RNN controller trained with REINFORCE, rewarded for accuracy alone',
  RULES,
  DEFAULTS,
  (task, options) => new ControllerSearch(task, options, false),
  accuracyOnly,
);

/** `fnas`: the search of FNAS: the controller learns the limit before anything is trained. */
export const fnasKind = strategyKind<ControllerSearchOptions>(
  'fnas',
  'FNAS: the controller is rewarded by latency too, and learns from networks over the limit untrained',
  RULES,
  DEFAULTS,
  (task, options) => new ControllerSearch(task, options, true),
  accuracyWithinLimits,
);
