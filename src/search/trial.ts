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
  | { readonly accuracy: number; readonly seconds?: number; readonly details?: Record<string, unknown> }
  | { readonly error: string; readonly seconds?: number };

/** A proposal with its number, 1, 2, …, the round it was made in, 0, 1, …, and what became of it. */
export interface Trial extends Proposal {
  readonly number: number;
  readonly round: number;
  readonly outcome?: Outcome;
}

/** A trial that ended with an accuracy. */
export type TrainedTrial = Trial & { readonly outcome: { readonly accuracy: number } };

export function isTrained(trial: Trial): trial is TrainedTrial {
  return trial.outcome !== undefined && 'accuracy' in trial.outcome;
}

/** The trial with the highest accuracy, the earliest of equal ones. */
export function bestOf(trials: readonly Trial[]): TrainedTrial | undefined {
  let best: TrainedTrial | undefined;
  for (const trial of trials) {
    if (isTrained(trial) && !(best && best.outcome.accuracy >= trial.outcome.accuracy)) best = trial;
  }
  return best;
}
