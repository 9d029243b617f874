/** A network that a strategy wants trained. */
export interface Proposal {
  /** Position in the pool. */
  readonly candidate: number;
  /** The reason in a few words: `random`, `best predicted`, `child of 17`. */
  readonly reason: string;
  /** Number of the trial from which it was derived, if a strategy needs to know. */
  readonly parent?: number;
}

/** The outcome of a trial. Accuracies are in percent. */
export type Outcome =
  | {
      readonly accuracy: number;
      /** The value that the search maximises, if it is not the accuracy. */
      readonly reward?: number;
      readonly seconds?: number;
      readonly details?: Record<string, unknown>;
    }
  | { readonly error: string; readonly seconds?: number };

/**
 * A proposal with its number (1, 2, …), the round in which it was made (0, 1, …, or -1 for earlier runs), and
 * its outcome.
 */
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

/** Whether the network was trained by an earlier run: it is known, and does not count against the budget. */
export function isKnown({ round }: Pick<Trial, 'round'>): boolean {
  return round < 0;
}

/** Whether a trial has an accuracy or may still get one: it has not failed. */
export function mayCount({ outcome }: Trial): boolean {
  return outcome === undefined || 'accuracy' in outcome;
}

/** The value to maximise: the reward if there is one, otherwise the accuracy. */
export function merit({ accuracy, reward }: { readonly accuracy: number; readonly reward?: number }): number {
  return reward ?? accuracy;
}

/** The trial with the highest reward or accuracy, the earliest among equals; undefined if none was trained. */
export function bestOf(trials: readonly Trial[]): TrainedTrial | undefined {
  let best: TrainedTrial | undefined;
  for (const trial of trials) {
    if (isTrained(trial) && !(best && merit(best.outcome) >= merit(trial.outcome))) best = trial;
  }
  return best;
}

/** The trained network that is returned, and why. */
export interface ChosenTrial {
  readonly trial: TrainedTrial;
  readonly because: string;
}
