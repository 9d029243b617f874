import type { Architecture } from '../../spaces/space.js';
import type { Outcome } from '../trial.js';

/** Trains networks, or looks up how good they are. */
export interface Evaluator {
  /** What a run's log says of it; `code`, if absent. */
  readonly describedAs?: string;
  /** A failure is an outcome, not an exception: exceptions end the search. */
  evaluate(architecture: Architecture, signal?: AbortSignal): Promise<Outcome>;
}
