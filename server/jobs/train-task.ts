import type { Metric } from '../../src/metrics/metric.js';
import type { DataSource, DeviceFacts } from '../../src/predictors/train.js';
import type { DeadOperations } from '../../src/spaces/space.js';
import type { ModelFiles } from '../models/served-predictor.js';
import type { MeasuredArchitecture } from '../store/measurements.js';

/** A source device. */
export interface TaskSource {
  readonly device: string;
  readonly deadOperations: DeadOperations;
  readonly measurements: readonly MeasuredArchitecture[];
}

/** The task of a training process, in its job's folder. */
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
  /** The metric to learn. */
  readonly metric: Metric;
  readonly measurements: readonly MeasuredArchitecture[];
  /** Other devices of the space, for transfer. */
  readonly sources: readonly TaskSource[];
  /** The predictor that currently serves. */
  readonly incumbent: ModelFiles | null;
  /** Folder within the job's folder to which the predictor is written. */
  readonly out: string;
}

/** Name of the checkpoint in a job's folder. */
export const CHECKPOINT_FILE = 'checkpoint';

/** Whether a file in a job's folder belongs to the checkpoint, which includes finished fits. */
export function isCheckpoint(name: string): boolean {
  return name === CHECKPOINT_FILE || name.startsWith(`${CHECKPOINT_FILE}-`);
}

/** Progress of a training: its epochs, then the further fits for calibrating its intervals. */
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
