import { type Clock, type RunTime, systemClock, timedRun } from './clock.js';
import type { Timing } from './target.js';

/** Turns for warming up. */
const WARM_UPS = 2;

/** These rules in words, for cards. */
export const INTERLEAVED_RULES =
  `network and reference by turns, each twice in a row of which the second counts, so that it finds its data in the ` +
  `caches; ${WARM_UPS} turns warm up; CPU time of the process; lower quartile of the network's runs over that of the ` +
  "reference's between them";

/**
 * Times a network on a machine with other work. It alternates with a reference network, so that both meet the
 * same disturbances, which cancel out in their ratio.
 *
 * @param runs number of turns that count
 */
export async function interleavedGroup(
  run: () => Promise<unknown>,
  reference: () => Promise<unknown>,
  runs: number,
  clock: Clock = systemClock,
): Promise<Timing> {
  const second = async (of: () => Promise<unknown>): Promise<RunTime> => {
    await of();
    return timedRun(of, clock);
  };
  for (let turn = 0; turn < WARM_UPS; turn++) {
    await second(reference);
    await second(run);
  }
  const interruptions = clock.interruptions();
  const times: RunTime[] = [];
  const references: RunTime[] = [];
  while (times.length < runs) {
    references.push(await second(reference));
    times.push(await second(run));
  }
  return {
    runsMs: times.map(({ ms }) => ms),
    cpuMs: times.map(({ cpuMs }) => cpuMs),
    referenceCpuMs: references.map(({ cpuMs }) => cpuMs),
    warmUps: 2 * WARM_UPS,
    stable: true,
    interrupted: clock.interruptions() - interruptions,
  };
}
