import type { Kernel } from '../../runtimes/kernel.js';
import { groupOf } from './groups.js';

/** Number of terms of a kernel's time: padded multiply-accumulates, activation bytes, weight bytes, the call. */
export const TERMS = 4;

export function terms({ paddedMacs, inBytes, outBytes, weightBytes }: Kernel): readonly number[] {
  return [paddedMacs, inBytes + outBytes, weightBytes, 1];
}

/** Log rates of all kernels, of groups relative to these, and of kinds relative to their group. */
export interface Rates {
  readonly all: readonly number[];
  readonly groups: ReadonlyMap<string, readonly number[]>;
  readonly kinds: ReadonlyMap<string, readonly number[]>;
  /** Cost of a call in addition to its kernels, in microseconds. */
  readonly callUs: number;
}

/** A kernel's time by its rates in microseconds; a kind without rates has those of its group. */
export function ratedUs({ all, groups, kinds }: Rates, kernel: Kernel): number {
  const group = groups.get(groupOf(kernel.kind));
  const kind = kinds.get(kernel.kind);
  return terms(kernel).reduce(
    (sum, amount, c) => sum + amount * Math.exp(all[c] + (group?.[c] ?? 0) + (kind?.[c] ?? 0)),
    0,
  );
}
