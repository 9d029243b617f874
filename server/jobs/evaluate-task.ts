import type { Metric } from '../../src/metrics/metric.js';
import type { ComparedTrial, ComparisonProtocol } from '../../src/predictors/comparison.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import type { MeasuredArchitecture } from '../store/measurements.js';

/** What a comparing process finds in its job's folder. */
export interface EvaluateTask {
  readonly space: string;
  readonly deadOperations: DeadOperations;
  readonly predictors: readonly string[];
  readonly protocol: ComparisonProtocol;
  readonly epochs?: number;
  readonly threads: number;
  readonly metric: Metric;
  readonly measurements: readonly MeasuredArchitecture[];
  /** Of earlier attempts. */
  readonly trials: readonly ComparedTrial[];
}

/** A trial that is done, or how far one is. */
export type EvaluateProgress =
  | { readonly trial: ComparedTrial }
  | {
      readonly predictor: string;
      readonly seed: number;
      readonly epoch: number;
      readonly epochs: number;
    };
