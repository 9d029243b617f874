import { Random, seedOf } from '../../../base/random.js';

/** Seeded choices of the sizes of a network. */
export class Draw {
  private readonly random: Random;

  /** @param name of what is drawn: different names give different sizes */
  constructor(name: string) {
    this.random = new Random(seedOf(name));
  }

  pick<T>(options: readonly T[]): T {
    return options[this.random.integer(options.length)];
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + this.random.integer(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.random.uniform() < probability;
  }

  /** A multiple of `step` whose logarithm is uniform between those of `least` and `most`. */
  size(least: number, most: number, step = 1): number {
    const value = least * (most / least) ** this.random.uniform();
    return Math.max(step, Math.round(value / step) * step);
  }
}
