import type { Random } from '../../base/random.js';
import { Controller, type ControllerOptions } from '../controller/controller.js';

export interface LearnerOptions extends ControllerOptions {
  /** Share of the old mean and variance of rewards in the new ones. */
  readonly decay: number;
}

/** The greatest advantage, in standard deviations: the first rewards have hardly a scale. */
const MOST = 3;

/** A controller that is told rewards, whatever their scale: it learns from how unusual they are. */
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
   * Makes decisions less likely that are not worth a trial. They leave the scale of rewards alone: beside punishments
   * all rewards would look the same.
   *
   * @param severity in standard deviations of the rewards, 0 to 1
   */
  async punish(choices: readonly number[], severity: number): Promise<void> {
    await this.controller.reinforce(choices, -severity);
  }
}
