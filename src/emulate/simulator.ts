/** An input of a simulator, and where runs are drawn from. */
export interface SimulatorInput {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Drawn, and seen by the emulator, as a logarithm. */
  readonly log?: boolean;
  /** Takes whole numbers only. */
  readonly whole?: boolean;
  readonly unit?: string;
}

/** An output: a number, or a curve of so many points along one axis. */
export interface SimulatorOutput {
  readonly name: string;
  /** Of a curve. */
  readonly points?: number;
  /** Positive over decades: learned as a logarithm. */
  readonly log?: boolean;
  readonly unit?: string;
  /** What its points are along, and the first and last of them. */
  readonly axis?: { readonly name: string; readonly from: number; readonly to: number };
}

/** A program that takes numbers and gives numbers. */
export interface Simulator {
  readonly name: string;
  readonly inputs: readonly SimulatorInput[];
  /** Unknown before the first run where a command decides. */
  readonly outputs?: readonly SimulatorOutput[];
  /**
   * @param inputs in the order of `inputs`
   * @returns all outputs' numbers, one after the other
   * @throws Error why a run failed
   */
  run(inputs: readonly number[], signal?: AbortSignal): Promise<Float64Array> | Float64Array;
}

/** One that comes with this package. */
export interface BuiltInSimulator extends Simulator {
  readonly description: string;
  /** Where its equations are published. */
  readonly source: string;
  readonly outputs: readonly SimulatorOutput[];
}
