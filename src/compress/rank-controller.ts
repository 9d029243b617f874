import { Random } from '../base/random.js';
import { Learner, type LearnerOptions } from '../search/codesign/learner.js';
import { drawUntried, type Strategy, type StrategyTask } from '../search/strategies/strategy.js';
import { isTrained, merit, type Proposal, type Trial } from '../search/trial.js';
import type { RankPool } from './rank-pool.js';

export type RankControllerOptions = Pick<LearnerOptions, 'hidden' | 'learningRate' | 'entropy' | 'decay'>;

/** Number of children in a row that may bring nothing new before a random one is taken instead. */
const MOST_IN_VAIN = 10;
/** Greatest severity of a punishment. */
const WORST = 1;

/**
 * ShrinkML (Dudziak et al., arXiv:1907.03540): a controller decides one rank after the other. A child over a
 * limit punishes it at once, by its excess, without being evaluated. The child is then brought to the limits:
 * random matrices are lowered as far as necessary, or raised as far as possible. This model is evaluated, and
 * the controller learns from its reward.
 */
export class RankController implements Strategy {
  private readonly learner: Learner;
  /** The choices that led to each trial, by the trial's position. */
  private readonly drawn: (readonly number[])[] = [];
  /** Positions of the trials that it has learned from. */
  private readonly learned = new Set<number>();

  constructor(
    private readonly task: StrategyTask,
    private readonly pool: RankPool,
    options: RankControllerOptions,
  ) {
    const steps = pool.space.slots.map((slot) => slot.options.length);
    this.learner = new Learner({ ...options, steps, seed: task.seed });
  }

  propose(trials: readonly Trial[]): Promise<Proposal[]> {
    return this.recall(trials, 1);
  }

  /** Draws the next children. A log does not contain refused children, so they are drawn again. */
  async recall(trials: readonly Trial[], count: number): Promise<Proposal[]> {
    for (const [at, trial] of trials.entries()) {
      if (!isTrained(trial) || this.learned.has(at)) continue;
      this.learned.add(at);
      await this.learner.learn(this.drawn[at], merit(trial.outcome));
    }
    const { goal } = this.pool;
    const random = new Random(this.task.seed * 1_000_003 + trials.length);
    const known = new Map<number, Trial | undefined>(trials.map((trial) => [trial.candidate, trial]));
    const proposals: Proposal[] = [];
    for (let vain = 0; proposals.length < count && vain < MOST_IN_VAIN; vain++) {
      const drawn = await this.learner.sample(random);
      const child = Uint8Array.from(drawn);
      const excess = goal.load(child) - 1;
      if (excess > 0) await this.learner.punish(drawn, Math.min(WORST, excess));
      const architecture = this.pool.brought(child, random);
      if (!goal.isWithin(architecture)) continue;
      const choices = Array.from(architecture);
      const candidate = this.pool.candidateOf(architecture);
      const trial = known.get(candidate);
      if (known.has(candidate)) {
        if (trial && isTrained(trial)) await this.learner.learn(choices, merit(trial.outcome));
        continue;
      }
      known.set(candidate, undefined);
      this.drawn.push(choices);
      proposals.push({ candidate, reason: 'child' });
      vain = 0;
    }
    for (const candidate of drawUntried(
      this.pool,
      [...trials, ...proposals],
      count - proposals.length,
      random,
    )) {
      this.drawn.push(Array.from(this.pool.architectures[candidate]));
      proposals.push({ candidate, reason: 'random' });
    }
    return proposals;
  }
}
