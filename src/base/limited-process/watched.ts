/** What a process may take for each question. */
export interface Limits {
  /** Time of the processor, so that what else the machine does changes nothing, ms. */
  readonly cpuMs: number;
  /** Resident memory of the whole process, MiB: node itself takes 50. */
  readonly memoryMb: number;
}

/** What a watchdog looks at. */
export interface Watched {
  readonly limits: Limits;
  /** `[1]`, shared between threads: time of the processor when the question began, ms, or `IDLE`. */
  readonly begunAt: Int32Array;
}

export const IDLE = -1;

/** The signal that ends a process for the time it has taken; any other stands for memory. */
export const END_OF_TIME: NodeJS.Signals = process.platform === 'win32' ? 'SIGTERM' : 'SIGALRM';

/** Time of the processor that this process has taken, all its threads together, ms. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
