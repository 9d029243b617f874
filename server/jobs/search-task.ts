import type { SearchRequest } from '../../api/search-request.js';
import type { RunEvent } from '../../src/search/run-log.js';
import type { ModelFiles } from '../models/served-predictor.js';

/** Latencies, or another metric, of all candidates before limits: little-endian float64 in base64. */
export interface KeptLatency {
  /** Version of the predictor; null if they come from a formula. */
  readonly version: string | null;
  readonly latencyMs: string;
  readonly upperMs: string;
}

/** A result of an earlier search. */
export interface KnownTrial {
  readonly architecture: string;
  /** Percent. */
  readonly accuracy: number;
  /** The earlier search. */
  readonly from: string;
}

/** The task of a search process, in its job's folder. */
export interface SearchTask {
  readonly request: SearchRequest;
  /** Known accuracies in the order they came; null if workers report them. */
  readonly accuracies: readonly (readonly [architecture: string, accuracy: number])[] | null;
  /** Latencies kept by an earlier attempt when the search began, by `limitName`. */
  readonly latencies: Readonly<Record<string, KeptLatency>> | null;
  /** Predictors by `limitPredictor`; devices without one are analytic. */
  readonly predictors: Readonly<Record<string, ModelFiles>>;
  /** Results it starts from; empty once the search has begun. */
  readonly known: readonly KnownTrial[];
  /** Events so far. */
  readonly events: readonly RunEvent[];
}

/** Reports of an attempt, to be kept in this order. */
export type SearchProgress =
  | {
      readonly begun: {
        readonly candidates: number;
        readonly optimum: number | null;
        readonly latencies: Readonly<Record<string, KeptLatency>>;
      };
    }
  | {
      readonly event: RunEvent;
      /** Latencies of the networks of a round, ms by device. */
      readonly latencyMs?: readonly Readonly<Record<string, number>>[];
    };

export interface SearchResult {
  /** Whether the budget is spent, or every network has been tried. */
  readonly isDone: boolean;
  /** How well the last round was predicted: Kendall's τ. */
  readonly quality: number | null;
}
