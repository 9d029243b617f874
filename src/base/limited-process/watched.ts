/** What a process may use for each question. */
export interface Limits {
  /** Processor time in ms; it does not depend on what else the machine does. */
  readonly cpuMs: number;
  /** Resident memory of the whole process in MiB; node alone takes about 50. */
  readonly memoryMb: number;
}

/** What a watchdog watches. */
export interface Watched {
  readonly limits: Limits;
  /** `[1]`, shared between threads: processor time in ms when the question began, or `IDLE`. */
  readonly begunAt: Int32Array;
}

export const IDLE = -1;

/** The signal that ends a process for taking too long; any other means too much memory. */
export const END_OF_TIME: NodeJS.Signals = process.platform === 'win32' ? 'SIGTERM' : 'SIGALRM';

/** Processor time in ms that this process has used, over all its threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
