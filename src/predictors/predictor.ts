import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';

/** Measured (or computed) latencies of architectures on one device. */
export interface LatencySamples {
  readonly architectures: readonly Architecture[];
  /** `[architecture]`, milliseconds per run at the dataset's batch size. */
  readonly latencyMs: Float64Array;
}

/** What a predictor is told about the task before it sees a sample. */
export interface PredictorTask {
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
}

/** A fitted predictor, in memory or loaded from its folder. */
export interface Predictor {
  /** @returns `[architecture]`, milliseconds. */
  predict(architectures: readonly Architecture[]): Promise<Float64Array>;
}
