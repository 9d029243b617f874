import { type Clock, type RunTime, systemClock, timedRun } from './clock.js';
import { quartiles } from './statistics.js';
import type { Timing } from './target.js';

/** The warm-up compares the medians of consecutive windows of this many runs. */
const WINDOW = 5;
/** It ends when they differ by less than this share … */
const SETTLED = 0.02;
/** … or after this many windows. */
const MOST_WINDOWS = 10;
/** Interrupted runs are repeated, until there have been this many times the runs wanted. */
const MOST_TRIES = 3;

/** These rules in words, for cards. */
export const GROUP_RULES =
  `warm-up until the medians of two consecutive windows of ${WINDOW} runs differ by less than ` +
  `${100 * SETTLED} %, at most ${WINDOW * MOST_WINDOWS} runs; runs in which the system gave the CPU to another ` +
  `process are made again, up to ${MOST_TRIES} times as many runs in all`;

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
  const counted: RunTime[] = [];
  const interrupted: RunTime[] = [];
  while (counted.length < runs && counted.length + interrupted.length < MOST_TRIES * runs) {
    const interruptions = clock.interruptions();
    const time = await timedRun(run, clock);
    (clock.interruptions() > interruptions ? interrupted : counted).push(time);
  }
  // If every run was interrupted, the shortest ones come closest to the truth.
  interrupted.sort((a, b) => a.ms - b.ms);
  counted.push(...interrupted.slice(0, runs - counted.length));
  return {
    runsMs: counted.map(({ ms }) => ms),
    cpuMs: counted.map(({ cpuMs }) => cpuMs),
    warmUps: windows * WINDOW,
    stable,
    interrupted: interrupted.length,
  };
}

async function windowMedian(run: () => Promise<unknown>, clock: Clock): Promise<number> {
  const times: number[] = [];
  while (times.length < WINDOW) times.push((await timedRun(run, clock)).ms);
  return quartiles(times).median;
}
