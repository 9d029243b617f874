import { createHash } from 'node:crypto';
import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/**
 * A part that gets less than this share of the samples requested is starved, and its scores would be a matter
 * of luck.
 */
const LEAST_FILLED = 0.5;

/** Positions of the samples of each part. */
export interface Split {
  readonly train: readonly number[];
  readonly valid: readonly number[];
  readonly test: readonly number[];
}

/** Parts of given sizes. */
export interface CountSplit {
  /** `by-class` keeps isomorphic architectures in one part. */
  readonly kind: 'random' | 'by-class';
  readonly train: number;
  readonly valid: number;
  readonly seed: number;
}

/**
 * Parts of approximately the given shares. A sample's part depends only on its class and the seed, so adding
 * samples moves none of the others.
 */
export interface HashSplit {
  readonly kind: 'by-hash';
  readonly validShare: number;
  readonly testShare: number;
  readonly seed: number;
}

export type SplitOptions = CountSplit | HashSplit;

/**
 * Divides samples into training, validation and test samples, the same way for the same seed.
 *
 * By class, whole classes are dealt out in random order, each to the first part that has room for it. No part
 * gets more than requested, and none much less as long as there are small classes.
 *
 * @throws InputError if there are too few samples for training and validation, or if classes are so large
 *   that a part would get less than half of what was requested
 */
export function splitSamples(
  space: SearchSpace,
  architectures: readonly Architecture[],
  options: SplitOptions,
): Split {
  if (options.kind === 'by-hash') return splitByHash(space, architectures, options);
  const { kind, train, valid, seed } = options;
  if (train + valid > architectures.length) {
    throw new InputError(
      `${train} training and ${valid} validation samples were asked for, but there are ${architectures.length}`,
    );
  }
  const groups = groupsOf(space, architectures, kind);
  const parts: { train: number[]; valid: number[]; test: number[] } = { train: [], valid: [], test: [] };
  for (const members of new Random(seed).shuffle(groups)) {
    if (parts.train.length + members.length <= train) parts.train.push(...members);
    else if (parts.valid.length + members.length <= valid) parts.valid.push(...members);
    else parts.test.push(...members);
  }
  const starved = parts.train.length < train * LEAST_FILLED || parts.valid.length < valid * LEAST_FILLED;
  if (starved) {
    const largest = Math.max(...groups.map(({ length }) => length));
    throw new InputError(
      `by class, only ${parts.train.length} of ${train} samples would be for training, and ${parts.valid.length} of ${valid} for validation: there are ${groups.length} classes of up to ${largest} samples, which are not split; ask for more samples, or split at random`,
    );
  }
  return parts;
}

function splitByHash(
  space: SearchSpace,
  architectures: readonly Architecture[],
  { validShare, testShare, seed }: HashSplit,
): Split {
  const parts: { train: number[]; valid: number[]; test: number[] } = { train: [], valid: [], test: [] };
  architectures.forEach((architecture, i) => {
    const hash = createHash('sha256')
      .update(`${seed} ${space.classOf(architecture)}`)
      .digest();
    const uniform = hash.readUInt32BE() / 2 ** 32;
    if (uniform < testShare) parts.test.push(i);
    else if (uniform < testShare + validShare) parts.valid.push(i);
    else parts.train.push(i);
  });
  return parts;
}

/**
 * Deals samples into folds of at least `size` samples (the last may be smaller), the same way for the same
 * seed. Classes stay whole unless the split is random.
 *
 * @returns positions of the samples of each fold
 */
export function dealFolds(
  space: SearchSpace,
  architectures: readonly Architecture[],
  { kind, size, seed }: { kind: SplitOptions['kind']; size: number; seed: number },
): number[][] {
  const folds: number[][] = [];
  let fold: number[] = [];
  for (const members of new Random(seed).shuffle(groupsOf(space, architectures, kind))) {
    if (fold.length === 0) folds.push(fold);
    fold.push(...members);
    if (fold.length >= size) fold = [];
  }
  return folds;
}

/** Groups of positions that must stay together. */
function groupsOf(
  space: SearchSpace,
  architectures: readonly Architecture[],
  kind: SplitOptions['kind'],
): number[][] {
  return kind === 'random' ? architectures.map((_, i) => [i]) : classes(space, architectures);
}

/** Positions of the architectures, by class. */
function classes(space: SearchSpace, architectures: readonly Architecture[]): number[][] {
  const positions = new Map<string, number[]>();
  architectures.forEach((architecture, i) => {
    const key = space.classOf(architecture);
    const members = positions.get(key);
    if (members) members.push(i);
    else positions.set(key, [i]);
  });
  return [...positions.values()];
}
