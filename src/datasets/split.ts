import { InputError } from '../errors.js';
import { Random } from '../random.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** Positions of the samples in each part. */
export interface Split {
  readonly train: readonly number[];
  readonly valid: readonly number[];
  readonly test: readonly number[];
}

export interface SplitOptions {
  /** `by-class` keeps architectures that compute the same on one side. */
  readonly kind: 'random' | 'by-class';
  readonly train: number;
  readonly valid: number;
  readonly seed: number;
}

/**
 * Cuts samples into training, validation and the rest, the same way for the same seed.
 *
 * By class, whole classes are dealt out until a part has its size, so the sizes are met to within one class.
 * @throws InputError if there are fewer samples than training and validation ask for
 */
export function splitSamples(
  space: SearchSpace,
  architectures: readonly Architecture[],
  { kind, train, valid, seed }: SplitOptions,
): Split {
  if (train + valid > architectures.length) {
    throw new InputError(
      `${train} training and ${valid} validation samples were asked for, but there are ${architectures.length}`,
    );
  }
  const order = new Random(seed).permutation(architectures.length);
  if (kind === 'random') {
    return {
      train: [...order.subarray(0, train)],
      valid: [...order.subarray(train, train + valid)],
      test: [...order.subarray(train + valid)],
    };
  }
  const classes = new Map<string, number[]>();
  for (const i of order) {
    const key = space.classOf(architectures[i]);
    const members = classes.get(key);
    if (members) members.push(i);
    else classes.set(key, [i]);
  }
  const parts: { train: number[]; valid: number[]; test: number[] } = { train: [], valid: [], test: [] };
  for (const members of classes.values()) {
    const part =
      parts.train.length < train ? parts.train : parts.valid.length < valid ? parts.valid : parts.test;
    part.push(...members);
  }
  return parts;
}
