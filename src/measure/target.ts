import type { NetworkProfile } from './network-profile.js';

/** What one group of runs took. */
export interface Timing {
  /** Of single runs in their order, without those that warmed up. */
  readonly runsMs: readonly number[];
  /** CPU time of the same runs, where the target knows it. */
  readonly cpuMs?: readonly number[];
  /** CPU time of the reference's runs between them, where both ran by turns. */
  readonly referenceCpuMs?: readonly number[];
  /** Of other metrics, by `metricKey` in its unit: of single runs or of the group, where the target knows them. */
  readonly values?: Record<string, number[]>;
  readonly warmUps: number;
  /** False if the runs had not settled when the warm-up reached its limit. */
  readonly stable: boolean;
  /** Runs that don't count because another process got the CPU meanwhile. */
  readonly interrupted: number;
}

/** A model that is ready to run. */
export interface LoadedModel {
  /**
   * Runs it: first until it is warm, then a group that counts.
   * @param runs wanted in the group; a target that decides for itself gives another number, but at least one
   */
  time(runs: number): Promise<Timing>;
  /** Runs it once; only a target on this machine can, and only its models can be timed by turns with a reference. */
  run?(): Promise<unknown>;
  release(): Promise<void>;
}

/** Something that runs ONNX models and says how long they take: this machine, or a board behind a command. */
export interface Target {
  /** @throws Error saying why the model can't be run */
  load(model: Uint8Array): Promise<LoadedModel>;
  /** What each kernel of a model takes, where the target can say. */
  profile?(model: Uint8Array): Promise<NetworkProfile>;
}
