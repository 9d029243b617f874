import { quartiles } from './statistics.js';
import type { Timing } from './target.js';

/** The warm-up compares the medians of consecutive windows of this many runs … */
const WINDOW = 5;
/** … and ends when they differ by less than this share … */
const SETTLED = 0.02;
/** … or after this many windows. */
const MOST_WINDOWS = 10;
/** Runs that another process interrupted are made again, until there have been this many times the wanted runs. */
const MOST_TRIES = 3;

/** These rules in words, for cards. */
export const GROUP_RULES =
  `warm-up until the medians of two consecutive windows of ${WINDOW} runs differ by less than ` +
  `${100 * SETTLED} %, at most ${WINDOW * MOST_WINDOWS} runs; runs in which the system gave the CPU to another ` +
  `process are made again, up to ${MOST_TRIES} times as many runs in all`;

/** Where a group of runs has its times from. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** How often the system has taken a CPU from this process to give it to another one. */
  interruptions(): number;
}

const systemClock: Clock = {
  now: () => performance.now(),
  // Windows does not count them, and has 0.
  interruptions: () => process.resourceUsage().involuntaryContextSwitches,
};

/** Warms up, then times a group of runs. */
export async function timedGroup(
  run: () => Promise<unknown>,
  runs: number,
  clock: Clock = systemClock,
): Promise<Timing> {
  let before = await windowMedian(run, clock);
  let windows = 1;
  let stable = false;
  while (!stable && windows < MOST_WINDOWS) {
    const now = await windowMedian(run, clock);
    windows++;
    stable = Math.abs(now / before - 1) < SETTLED;
    before = now;
  }
  const runsMs: number[] = [];
  const interruptedMs: number[] = [];
  while (runsMs.length < runs && runsMs.length + interruptedMs.length < MOST_TRIES * runs) {
    const interruptions = clock.interruptions();
    const latencyMs = await timed(run, clock);
    (clock.interruptions() > interruptions ? interruptedMs : runsMs).push(latencyMs);
  }
  const interrupted = interruptedMs.length;
  // Where nothing runs in peace, the shortest are what is nearest to it.
  interruptedMs.sort((a, b) => a - b);
  runsMs.push(...interruptedMs.slice(0, runs - runsMs.length));
  return { runsMs, warmUps: windows * WINDOW, stable, interrupted };
}

async function windowMedian(run: () => Promise<unknown>, clock: Clock): Promise<number> {
  const times: number[] = [];
  while (times.length < WINDOW) times.push(await timed(run, clock));
  return quartiles(times).median;
}

async function timed(run: () => Promise<unknown>, clock: Clock): Promise<number> {
  const start = clock.now();
  await run();
  return clock.now() - start;
}
