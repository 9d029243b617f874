import type { Kernel } from '../../runtimes/kernel.js';
import { groupOf } from './groups.js';

/** What a kernel's time is the sum of: padded multiply-accumulates, activation bytes, weight bytes, the call. */
export const TERMS = 4;

export function terms({ paddedMacs, inBytes, outBytes, weightBytes }: Kernel): readonly number[] {
  return [paddedMacs, inBytes + outBytes, weightBytes, 1];
}

/** Logarithms of the rates of all kernels, of groups relative to it, of kinds relative to their group. */
export interface Rates {
  readonly all: readonly number[];
  readonly groups: ReadonlyMap<string, readonly number[]>;
  readonly kinds: ReadonlyMap<string, readonly number[]>;
  /** What a call costs beside its kernels, microseconds. */
  readonly callUs: number;
}

/** A kernel's time by its rates, microseconds; those of an unknown kind are its group's. */
export function ratedUs({ all, groups, kinds }: Rates, kernel: Kernel): number {
  const group = groups.get(groupOf(kernel.kind));
  const kind = kinds.get(kernel.kind);
  return terms(kernel).reduce(
    (sum, amount, c) => sum + amount * Math.exp(all[c] + (group?.[c] ?? 0) + (kind?.[c] ?? 0)),
    0,
  );
}
