import type { Architecture } from '../../spaces/space.js';
import type { Outcome } from '../trial.js';

/** Trains networks, or looks up their accuracy. */
export interface Evaluator {
  /** What a run's log says of it; `code`, if absent. */
  readonly describedAs?: string;
  /** Accuracies are in percent. A failed training is an outcome, not an exception: exceptions end the search. */
  evaluate(architecture: Architecture, signal?: AbortSignal): Promise<Outcome>;
}
