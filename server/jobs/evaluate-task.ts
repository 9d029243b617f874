import type { Metric } from '../../src/metrics/metric.js';
import type { ComparedTrial, ComparisonProtocol } from '../../src/predictors/comparison.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import type { MeasuredArchitecture } from '../store/measurements.js';

/** The task of an evaluating process, in its job's folder. */
export interface EvaluateTask {
  readonly space: string;
  readonly deadOperations: DeadOperations;
  readonly predictors: readonly string[];
  readonly protocol: ComparisonProtocol;
  readonly epochs?: number;
  readonly threads: number;
  readonly metric: Metric;
  readonly measurements: readonly MeasuredArchitecture[];
  /** Trials of earlier attempts. */
  readonly trials: readonly ComparedTrial[];
}

/** A finished trial, or the progress of one. */
export type EvaluateProgress =
  | { readonly trial: ComparedTrial }
  | {
      readonly predictor: string;
      readonly seed: number;
      readonly epoch: number;
      readonly epochs: number;
    };
