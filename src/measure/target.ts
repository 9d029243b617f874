import type { NetworkProfile } from './network-profile.js';

/** The times of one group of runs. */
export interface Timing {
  /** Latencies of single runs in order, without the warm-up. */
  readonly runsMs: readonly number[];
  /** CPU time of the same runs in ms, if the target knows it. */
  readonly cpuMs?: readonly number[];
  /** CPU time in ms of the reference's runs between them, if they alternated. */
  readonly referenceCpuMs?: readonly number[];
  /** Other metrics by `metricKey`, in their units: one value per run or one for the group, if the target knows them. */
  readonly values?: Record<string, number[]>;
  readonly warmUps: number;
  /** False if the runs had not settled when the warm-up reached its limit. */
  readonly stable: boolean;
  /** Number of runs that do not count because another process got the CPU meanwhile. */
  readonly interrupted: number;
}

/** A model that is ready to run. */
export interface LoadedModel {
  /**
   * Runs it: first until it is warm, then a group that counts.
   *
   * @param runs wanted in the group; a target that decides for itself may return another number, but at least
   *   one
   */
  time(runs: number): Promise<Timing>;
  /** Runs it once. Only a target on this machine has this, so only its models can alternate with a reference. */
  run?(): Promise<unknown>;
  release(): Promise<void>;
}

/** Something that runs and times ONNX models: this machine, or a board behind a command. */
export interface Target {
  /** @throws Error that says why the model cannot be run */
  load(model: Uint8Array): Promise<LoadedModel>;
  /** The time of each node of a model, if the target can tell. */
  profile?(model: Uint8Array): Promise<NetworkProfile>;
}
