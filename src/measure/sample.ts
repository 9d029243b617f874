import { InputError } from '../base/errors.js';
import { Random } from '../base/random.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** Number of draws in a row without a new architecture after which a space counts as exhausted. */
const FRUITLESS = 200_000;

/**
 * Draws distinct random architectures that have a path from input to output.
 *
 * @param distinct `classes`: no two compute the same function either
 * @throws InputError if the space has fewer
 */
export function sampleArchitectures(
  space: SearchSpace,
  { count, seed, distinct }: { count: number; seed: number; distinct: 'classes' | 'architectures' },
): Architecture[] {
  const random = new Random(seed);
  const sampled = new Map<string, Architecture>();
  for (let fruitless = 0; sampled.size < count; ) {
    const architecture = space.sample(random);
    const key = distinct === 'classes' ? space.classOf(architecture) : space.format(architecture);
    if (sampled.has(key) || !space.isConnected(architecture)) {
      if (++fruitless === FRUITLESS) {
        throw new InputError(
          `${count} different networks were asked for, and only ${sampled.size} were found in ${space.name}`,
        );
      }
      continue;
    }
    fruitless = 0;
    sampled.set(key, architecture);
  }
  return [...sampled.values()];
}
