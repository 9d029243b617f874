import type { Architecture } from '../../spaces/space.js';
import type { Outcome } from '../trial.js';

/** Trains networks, or looks up how good they are. */
export interface Evaluator {
  /** A failure is an outcome, not an exception: exceptions end the search. */
  evaluate(architecture: Architecture, signal?: AbortSignal): Promise<Outcome>;
}
