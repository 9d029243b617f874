/** Where runs have their times from. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Milliseconds that this process has had a CPU, all its threads together. */
  cpuMs(): number;
  /** How often the system has taken a CPU from this process to give it to another one. */
  interruptions(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  // Windows does not count them, and has 0.
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
