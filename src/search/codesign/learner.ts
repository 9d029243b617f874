import type { Random } from '../../base/random.js';
import { Controller, type ControllerOptions } from '../controller/controller.js';

export interface LearnerOptions extends ControllerOptions {
  /** Share of the old mean and variance of the rewards in the new ones. */
  readonly decay: number;
}

/** Largest advantage in standard deviations, because the first rewards have hardly any scale. */
const MOST = 3;

/** A controller that learns from rewards of any scale: from how unusual they are. */
export class Learner {
  private readonly controller: Controller;
  private mean: number | undefined;
  private variance = 0;

  constructor(private readonly options: LearnerOptions) {
    this.controller = new Controller(options);
  }

  async sample(random: Random): Promise<readonly number[]> {
    return (await this.controller.sample(random)).choices;
  }

  async learn(choices: readonly number[], reward: number): Promise<void> {
    const { decay } = this.options;
    this.mean ??= reward;
    const surprise = reward - this.mean;
    this.mean += (1 - decay) * surprise;
    this.variance = decay * this.variance + (1 - decay) * surprise ** 2;
    const advantage = surprise / (Math.sqrt(this.variance) || 1);
    await this.controller.reinforce(choices, Math.max(-MOST, Math.min(MOST, advantage)));
  }

  /**
   * Makes decisions that are not worth a trial less likely. They do not affect the scale of the rewards:
   * compared with punishments, all rewards would look alike.
   *
   * @param severity in standard deviations of the rewards, 0 to 1
   */
  async punish(choices: readonly number[], severity: number): Promise<void> {
    await this.controller.reinforce(choices, -severity);
  }
}
