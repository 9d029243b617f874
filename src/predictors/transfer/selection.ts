import type { Matrix } from 'ml-matrix';
import { Random } from '../../base/random.js';
import type { Basis } from './basis.js';
import { covariance, type Hypothesis, kernels, Prior, type PriorView } from './prior.js';

/** Strategies for choosing what to measure on a new device. */
export const SELECTION_STRATEGIES = ['random', 'diverse', 'uncertain', 'reference'] as const;
export type SelectionStrategy = (typeof SELECTION_STRATEGIES)[number];

/** The hypothesis while choosing: a device like the sources, with its own times for operations, paths and bytes. */
const PLANNED: Hypothesis = {
  sources: 1,
  counts: 0.1,
  leading: 0.1,
  places: 0.01,
  paths: 0.03,
  traffic: 0.1,
};
/**
 * Noise variance of a measurement while choosing, in units of the device's scale: one half grows with the
 * latency, the other is constant. With purely relative noise, the shortest networks would seem the most
 * informative.
 */
const noiseOf = (latency: number) => 0.005 * (latency ** 2 + 1);

export interface SelectionOptions {
  readonly strategy: SelectionStrategy;
  readonly count: number;
  readonly seed: number;
  /** Positions of candidates that have already been measured. They inform the choice, but are not chosen. */
  readonly measured?: readonly number[];
}

/**
 * Chooses which candidates to measure, the most useful first, so that a shorter list is the beginning of a
 * longer one.
 *
 * - `random`: in random order;
 * - `diverse`: the farthest from all chosen so far in the prior's metric (k-centre; Gonzalez, TCS 38, 1985);
 * - `uncertain`: the largest variance given those chosen so far, relative to the expected latency;
 * - `reference`: the one that lowers the expected squared relative error over all candidates the most. For
 *   devices that vary as the sources do, this is the best set for transfer (Cohn et al., JAIR 4, 1996,
 *   section 4).
 *
 * @param columns `[candidate, column]` of the basis; time and memory grow with the square of the number of
 *   candidates
 * @returns positions of candidates, at most as many as there are
 */
export function choose(
  basis: Basis,
  columns: Matrix,
  { strategy, count, seed, measured = [] }: SelectionOptions,
): number[] {
  const done = new Set(measured);
  const wanted = Math.min(count, columns.rows - done.size);
  if (strategy === 'random') {
    const order = new Random(seed).permutation(columns.rows);
    return Array.from(order)
      .filter((i) => !done.has(i))
      .slice(0, wanted);
  }
  const prior = new Prior(basis);
  const view = prior.view(columns);
  const planned = prior.within(PLANNED);
  const k = covariance(kernels(view, view), planned)
    .to2DArray()
    .map((row) => Float64Array.from(row));
  return strategy === 'diverse'
    ? farthest(k, wanted, [...done], new Random(seed))
    : mostInformative(k, view, wanted, [...done], strategy);
}

/** Greedy k-centre. */
function farthest(k: readonly Float64Array[], count: number, measured: number[], random: Random): number[] {
  const nearest = new Float64Array(k.length).fill(Number.POSITIVE_INFINITY);
  const add = (j: number) => {
    for (let i = 0; i < k.length; i++) nearest[i] = Math.min(nearest[i], k[i][i] + k[j][j] - 2 * k[i][j]);
    nearest[j] = -1;
  };
  measured.forEach(add);
  const chosen: number[] = [];
  while (chosen.length < count) {
    const next = chosen.length + measured.length === 0 ? random.integer(k.length) : largest(nearest);
    add(next);
    chosen.push(next);
  }
  return chosen;
}

/** Greedy by variance, or by a measurement's information about all candidates; `k` is conditioned step by step. */
function mostInformative(
  k: Float64Array[],
  { mean }: PriorView,
  count: number,
  measured: readonly number[],
  strategy: 'uncertain' | 'reference',
): number[] {
  const excluded = new Set<number>();
  const measure = (j: number) => {
    const column = Float64Array.from(k, (row) => row[j]);
    const total = column[j] + noiseOf(mean[j]);
    for (let i = 0; i < k.length; i++) {
      const factor = column[i] / total;
      const row = k[i];
      for (let l = 0; l < row.length; l++) row[l] -= factor * column[l];
    }
    excluded.add(j);
  };
  const usefulness = (j: number): number => {
    if (excluded.has(j)) return -1;
    const row = k[j];
    if (strategy === 'uncertain') return row[j] / mean[j] ** 2;
    let gain = 0;
    for (let i = 0; i < row.length; i++) gain += (row[i] / mean[i]) ** 2;
    return gain / (row[j] + noiseOf(mean[j]));
  };
  measured.forEach(measure);
  const chosen: number[] = [];
  while (chosen.length < count) {
    const next = largest(Float64Array.from(k.keys(), usefulness));
    measure(next);
    chosen.push(next);
  }
  return chosen;
}

function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
