import { mean, median } from 'simple-statistics';

/** How well one group of runs agrees with the others, as fractions of 1. */
export interface PassNoise {
  readonly mape: number;
  readonly within10: number;
}

/**
 * The error of a latency that is measured only once: each group of a network against the median of its other
 * groups.
 *
 * @param groupsMs of each network, by group
 * @returns null if no network has three groups
 */
export function passNoise(groupsMs: readonly (readonly number[])[]): PassNoise | null {
  const errors = groupsMs
    .filter((groups) => groups.length >= 3)
    .flatMap((groups) => groups.map((ms, i) => Math.abs(ms / median(groups.toSpliced(i, 1)) - 1)));
  if (errors.length === 0) return null;
  return { mape: mean(errors), within10: mean(errors.map((error) => Number(error <= 0.1))) };
}
