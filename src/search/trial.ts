/** A network that a strategy wants trained. */
export interface Proposal {
  /** Position in the pool. */
  readonly candidate: number;
  /** Why, in a word or two for people: `random`, `best predicted`, `child of 17`. */
  readonly reason: string;
  /** Number of the trial it was derived from, where a strategy needs to know. */
  readonly parent?: number;
}

/** What became of a trial. */
export type Outcome =
  | {
      readonly accuracy: number;
      /** What the search raises, where that is not the accuracy alone. */
      readonly reward?: number;
      readonly seconds?: number;
      readonly details?: Record<string, unknown>;
    }
  | { readonly error: string; readonly seconds?: number };

/** A proposal with its number, 1, 2, …, the round it was made in, 0, 1, …, and what became of it; round -1 is of earlier runs. */
export interface Trial extends Proposal {
  readonly number: number;
  readonly round: number;
  readonly outcome?: Outcome;
}

/** A trial that ended with an accuracy. */
export type TrainedTrial = Trial & {
  readonly outcome: { readonly accuracy: number; readonly reward?: number };
};

export function isTrained(trial: Trial): trial is TrainedTrial {
  return trial.outcome !== undefined && 'accuracy' in trial.outcome;
}

/** Whether an earlier run has trained it: it is known, and does not count against the budget. */
export function isKnown({ round }: Pick<Trial, 'round'>): boolean {
  return round < 0;
}

/** Whether a trial has an accuracy, or may get one: it has not failed. */
export function mayCount({ outcome }: Trial): boolean {
  return outcome === undefined || 'accuracy' in outcome;
}

/** What a search would rather have more of: the reward, where it has one, or else the accuracy. */
export function merit({ accuracy, reward }: { readonly accuracy: number; readonly reward?: number }): number {
  return reward ?? accuracy;
}

/** The trial with the highest reward or accuracy, the earliest of equal ones. */
export function bestOf(trials: readonly Trial[]): TrainedTrial | undefined {
  let best: TrainedTrial | undefined;
  for (const trial of trials) {
    if (isTrained(trial) && !(best && merit(best.outcome) >= merit(trial.outcome))) best = trial;
  }
  return best;
}

/** A trained network that is returned, and why it is that one. */
export interface ChosenTrial {
  readonly trial: TrainedTrial;
  readonly because: string;
}
