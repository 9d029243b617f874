import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers (xoroshiro128+). The same seed gives the same stream on every machine. */
export class Random {
  private readonly generator;

  /** @param seed of which the lowest 32 bits count */
  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed | 0);
  }

  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number {
    return (this.generator.next() >>> 0) / 0x100000000;
  }

  /** Uniform integer in [0, bound). */
  integer(bound: number): number {
    return uniformInt(this.generator, 0, bound - 1);
  }

  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const held = items[i];
      items[i] = items[j];
      items[j] = held;
    }
    return items;
  }

  /** The indices 0 … count-1 in random order. */
  permutation(count: number): Uint32Array {
    return this.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  }
}

/** A seed derived from a text (FNV-1a), so that what is drawn depends on a name and not on earlier draws. */
export function seedOf(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
