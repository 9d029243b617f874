/** The source of run times. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** CPU time of this process in milliseconds, over all its threads. */
  cpuMs(): number;
  /** How often the system has taken the CPU from this process to give it to another. */
  interruptions(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  // Always 0 on Windows, which does not count them.
  interruptions: () => process.resourceUsage().involuntaryContextSwitches,
};

/** What one run took. */
export interface RunTime {
  readonly ms: number;
  readonly cpuMs: number;
}

export async function timedRun(run: () => Promise<unknown>, clock: Clock): Promise<RunTime> {
  const [start, cpuStart] = [clock.now(), clock.cpuMs()];
  await run();
  return { ms: clock.now() - start, cpuMs: clock.cpuMs() - cpuStart };
}
