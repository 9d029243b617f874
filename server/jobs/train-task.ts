import type { Metric } from '../../src/metrics/metric.js';
import type { DataSource, DeviceFacts } from '../../src/predictors/train.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import type { ModelFiles } from '../models/served-predictor.js';
import type { MeasuredArchitecture } from '../store/measurements.js';

/** A device that is known before. */
export interface TaskSource {
  readonly device: string;
  readonly deadOperations: DeadOperations;
  readonly measurements: readonly MeasuredArchitecture[];
}

/** What a training process finds in its job's folder. */
export interface TrainTask {
  readonly device: string;
  readonly space: string;
  readonly deadOperations: DeadOperations;
  readonly facts: DeviceFacts;
  readonly data: DataSource;
  readonly predictor: string;
  readonly epochs?: number;
  readonly threads: number;
  readonly checkpointEveryMs: number;
  /** That is learned. */
  readonly metric: Metric;
  readonly measurements: readonly MeasuredArchitecture[];
  /** Other devices of the space, where it is learned by transfer from them. */
  readonly sources: readonly TaskSource[];
  /** The predictor that serves now. */
  readonly incumbent: ModelFiles | null;
  /** Name of the folder in the job's that the predictor is written to. */
  readonly out: string;
}

/** Name in a job's folder. */
export const CHECKPOINT_FILE = 'checkpoint';

/** Whether a file in a job's folder is the checkpoint, or what is kept beside it of fits that are done. */
export function isCheckpoint(name: string): boolean {
  return name === CHECKPOINT_FILE || name.startsWith(`${CHECKPOINT_FILE}-`);
}

/** How far a training is: with its epochs, or after them with the further fits that its intervals are calibrated on. */
export type TrainProgress = EpochProgress | CalibrationProgress;

export interface EpochProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** Share of validation predictions within ±10 %; null without validation data. */
  readonly validWithin10: number | null;
}

export interface CalibrationProgress {
  readonly calibration: { readonly done: number; readonly fits: number };
}
