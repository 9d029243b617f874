import { Random } from '../base/random.js';
import { Learner, type LearnerOptions } from '../search/codesign/learner.js';
import { drawUntried, type Strategy, type StrategyTask } from '../search/strategies/strategy.js';
import { isTrained, merit, type Proposal, type Trial } from '../search/trial.js';
import type { RankPool } from './rank-pool.js';

export type RankControllerOptions = Pick<LearnerOptions, 'hidden' | 'learningRate' | 'entropy' | 'decay'>;

/** Children in a row that may bring nothing new, before one at random takes their place. */
const MOST_IN_VAIN = 10;
/** The greatest severity of a punishment. */
const WORST = 1;

/**
 * ShrinkML (Dudziak et al., arXiv:1907.03540): a controller decides one rank after the other. A child over a limit punishes
 * it at once, by how far it is over, and is not evaluated. What is evaluated, and teaches its reward, is the child brought to the
 * limits: at random, matrices are lowered as far as they must be, or raised as far as they may.
 */
export class RankController implements Strategy {
  private readonly learner: Learner;
  /** Choices that led to each trial, by its position. */
  private readonly drawn: (readonly number[])[] = [];
  /** Positions of the trials whose outcome it has learned from. */
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

  /** The next children. A log lacks those that were refused: they are drawn again. */
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
