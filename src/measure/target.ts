/** What one group of runs took. */
export interface Timing {
  /** Of single runs in their order, without those that warmed up. */
  readonly runsMs: readonly number[];
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
  release(): Promise<void>;
}

/** Something that runs ONNX models and says how long they take: this machine, or a board behind a command. */
export interface Target {
  /** @throws Error saying why the model can't be run */
  load(model: Uint8Array): Promise<LoadedModel>;
}
