import type { SearchRequest } from '../../api/search-request.js';
import type { RunEvent } from '../../src/search/run-log.js';
import type { ModelFiles } from '../models/served-predictor.js';

/** Latencies, or another metric, of all networks a search may choose from, before limits: little-endian float64 in base64. */
export interface KeptLatency {
  /** Of the predictor; null where a formula gave them. */
  readonly version: string | null;
  readonly latencyMs: string;
  readonly upperMs: string;
}

/** What an earlier search has found out about a network. */
export interface KnownTrial {
  readonly architecture: string;
  /** Percent. */
  readonly accuracy: number;
  /** The search. */
  readonly from: string;
}

/** What a search process finds in its job's folder. */
export interface SearchTask {
  readonly request: SearchRequest;
  /** Accuracies that are known, in the order in which they came; null: workers tell them. */
  readonly accuracies: readonly (readonly [architecture: string, accuracy: number])[] | null;
  /** Of the networks that there were when the search began, by `limitName`, as an earlier attempt kept them. */
  readonly latencies: Readonly<Record<string, KeptLatency>> | null;
  /** By `limitPredictor`; devices without one are analytic. */
  readonly predictors: Readonly<Record<string, ModelFiles>>;
  /** What it begins with; none once anything has happened. */
  readonly known: readonly KnownTrial[];
  /** What has happened so far. */
  readonly events: readonly RunEvent[];
}

/** What an attempt says, to be kept in this order. */
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
      /** Of the networks of a round: ms by device. */
      readonly latencyMs?: readonly Readonly<Record<string, number>>[];
    };

export interface SearchResult {
  /** Whether the budget is spent, or every network has been tried. */
  readonly isDone: boolean;
  /** How well the last round went as predicted: Kendall's τ. */
  readonly quality: number | null;
}
