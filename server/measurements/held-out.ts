import { type HashSplit, splitSamples } from '../../src/datasets/split.js';
import type { SearchSpace } from '../../src/spaces/space.js';

/** How a device's measurements are split: the same for every version, so held-out networks stay held out. */
export const SPLIT: HashSplit = { kind: 'by-hash', validShare: 0.1, testShare: 0.2, seed: 1 };

/** Positions of the held-out architectures, from which no version trained here learns. */
export function heldOutOf(space: SearchSpace, architectures: readonly string[]): ReadonlySet<number> {
  const parsed = architectures.map((architecture) => space.parse(architecture));
  return new Set(splitSamples(space, parsed, SPLIT).test);
}
