import type { Kernel } from '../../runtimes/kernel.js';
import { distinctKernels } from '../kernels/timed-network.js';
import {
  COMPUTE_TRENDS,
  GROUPS,
  type Group,
  type KernelTerms,
  MEMORY_TRENDS,
  termsOf,
} from './kernel-terms.js';
import { type KernelRates, type LogRate, learnedParameters, type Ordinary, ratesOf } from './parameters.js';

/** The range of each trend among the training kernels, by group. */
export type TrendRanges = Readonly<Record<Group, Readonly<Record<string, readonly [number, number]>>>>;

/** A device learned from networks' total times. */
export interface Roofline {
  readonly ordinary: Ordinary;
  /** Kernel kinds in the training networks. */
  readonly kinds: readonly string[];
  readonly ranges: TrendRanges;
  /** `[parametersOf(kinds, ordinary)]` */
  readonly values: Float64Array;
}

/** A kernel's part of a network's predicted time. */
export interface KernelShare {
  readonly kernel: Kernel;
  readonly count: number;
  /** Of one run, in microseconds. */
  readonly us: number;
}

/** A distinct kernel of a network, with its rates. */
export interface CountedRates {
  readonly kernel: Kernel;
  readonly count: number;
  readonly terms: KernelTerms;
  readonly rates: KernelRates;
}

/**
 * Times of a network's kernels in microseconds by the roofline model (Williams et al., CACM 52, 2009): the
 * longer of computing and moving activations (smoothed where the two are similar), plus reading the weights,
 * plus the launch. Trends are not extrapolated beyond the training kernels.
 */
export function rooflineTimes(roofline: Roofline, kernels: readonly Kernel[]): KernelShare[] {
  const index = indexOf(roofline);
  return countedRates(kernels, index, roofline.ranges).map((counted) => ({
    kernel: counted.kernel,
    count: counted.count,
    us: timeUs(counted, roofline.values),
  }));
}

export function indexOf({
  kinds,
  ordinary,
}: Pick<Roofline, 'kinds' | 'ordinary'>): ReadonlyMap<string, number> {
  return new Map(learnedParameters(kinds, ordinary).map(({ name }, i) => [name, i]));
}

export function countedRates(
  kernels: readonly Kernel[],
  index: ReadonlyMap<string, number>,
  ranges: TrendRanges | undefined,
): CountedRates[] {
  return distinctKernels(kernels).map(({ kernel, count }) => {
    const terms = ranges === undefined ? termsOf(kernel) : within(termsOf(kernel), ranges);
    return { kernel, count, terms, rates: ratesOf(index, terms) };
  });
}

function within(terms: KernelTerms, ranges: TrendRanges): KernelTerms {
  const clamp = (names: readonly string[], values: readonly number[], prefix: string) =>
    values.map((value, i) => {
      const [least, most] = ranges[terms.group][`${prefix}.${names[i]}`] ?? [value, value];
      return Math.min(most, Math.max(least, value));
    });
  return {
    ...terms,
    compute: clamp(COMPUTE_TRENDS, terms.compute, 'compute'),
    memory: clamp(MEMORY_TRENDS, terms.memory, 'memory'),
  };
}

/** Ranges of the trends over many kernels. */
export function rangesOf(all: Iterable<KernelTerms>): TrendRanges {
  const ranges = Object.fromEntries(GROUPS.map((group) => [group, {}])) as Record<
    Group,
    Record<string, [number, number]>
  >;
  for (const { group, compute, memory } of all) {
    const note = (name: string, value: number) => {
      const range = ranges[group][name];
      if (range === undefined) ranges[group][name] = [value, value];
      else {
        range[0] = Math.min(range[0], value);
        range[1] = Math.max(range[1], value);
      }
    };
    COMPUTE_TRENDS.forEach((trend, i) => {
      note(`compute.${trend}`, compute[i]);
    });
    MEMORY_TRENDS.forEach((trend, i) => {
      note(`memory.${trend}`, memory[i]);
    });
  }
  return ranges;
}

/**
 * Time of one run in microseconds.
 *
 * @param into receives the derivative with respect to each parameter, times `scale`, by addition
 */
export function timeUs(
  { terms, rates }: CountedRates,
  values: Float64Array,
  into?: Float64Array,
  scale = 1,
): number {
  const compute = terms.macs * Math.exp(logRate(rates.compute, values));
  const memory = terms.bytes * Math.exp(logRate(rates.memory, values));
  const weights = terms.weightBytes * Math.exp(logRate(rates.weights, values));
  const launch = Math.exp(logRate(rates.launch, values));
  // The norm of order 4: with order 1 nothing would overlap, with order ∞ the shorter part would be hidden
  // entirely.
  const longest = Math.max(compute, memory, 1e-12);
  const shorter = Math.min(compute, memory) / longest;
  const rounded = longest * Math.sqrt(Math.sqrt(1 + (shorter * shorter) ** 2));
  if (into !== undefined) {
    const share = (part: number) => {
      const ratio = part / rounded;
      return part * ratio * ratio * ratio * scale;
    };
    differentiate(rates.compute, share(compute), into);
    differentiate(rates.memory, share(memory), into);
    differentiate(rates.weights, weights * scale, into);
    differentiate(rates.launch, launch * scale, into);
  }
  return rounded + weights + launch;
}

function logRate({ at, by }: LogRate, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < at.length; i++) sum += values[at[i]] * by[i];
  return sum;
}

function differentiate({ at, by }: LogRate, amount: number, into: Float64Array): void {
  for (let i = 0; i < at.length; i++) into[at[i]] += amount * by[i];
}
