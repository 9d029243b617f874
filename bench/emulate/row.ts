/** What one method made of one simulator. */
export interface EmulateRow {
  readonly case: string;
  readonly runs: number;
  readonly seed: number;
  readonly method: string;
  /** Root mean square error on the test over its standard deviation, standardised outputs. */
  readonly error: number;
  /** Of emulators. */
  readonly emulator?: {
    /** As its card has it, without the test. */
    readonly expectedError: number;
    readonly coverage: number;
    /** Rank correlation of spread and error. */
    readonly spearman: number;
    /** Mean spread outside of the box that was run over that inside. */
    readonly outside: number;
    /** Mean error of the test's last output column relative to its value. */
    readonly relativeError: number;
    readonly trainSeconds: number;
    readonly trainCpuSeconds: number;
    readonly queryMs: number;
    readonly simulatorMs: number;
  };
}
