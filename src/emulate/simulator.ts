/** An input of a simulator, with the range from which runs are drawn. */
export interface SimulatorInput {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Whether it is drawn, and seen by the emulator, as a logarithm. */
  readonly log?: boolean;
  /** Whether it takes whole numbers only. */
  readonly whole?: boolean;
  readonly unit?: string;
}

/** An output: a number, or a curve with a fixed number of points along an axis. */
export interface SimulatorOutput {
  readonly name: string;
  /** Number of points of a curve; absent for a number. */
  readonly points?: number;
  /** Whether it is positive over several decades, and so learned as a logarithm. */
  readonly log?: boolean;
  readonly unit?: string;
  /** The axis of a curve, with its first and last value. */
  readonly axis?: { readonly name: string; readonly from: number; readonly to: number };
}

/** A program that computes numbers from numbers. */
export interface Simulator {
  readonly name: string;
  readonly inputs: readonly SimulatorInput[];
  /** Unknown before the first run if a command determines them. */
  readonly outputs?: readonly SimulatorOutput[];
  /**
   * Runs the simulator once.
   *
   * @param inputs in the order of `inputs`
   * @returns the numbers of all outputs, one output after another
   * @throws Error that says why the run failed
   */
  run(inputs: readonly number[], signal?: AbortSignal): Promise<Float64Array> | Float64Array;
}

/** A simulator that comes with this package. */
export interface BuiltInSimulator extends Simulator {
  readonly description: string;
  /** Where its equations are published. */
  readonly source: string;
  readonly outputs: readonly SimulatorOutput[];
}
