import { InputError, quote } from '../base/errors.js';
import { fbnet } from './fbnet/space.js';
import { mnasnet } from './mnasnet/space.js';
import { nasbench201 } from './nasbench201/space.js';
import { ofa } from './ofa/space.js';
import type { SearchSpace } from './space.js';

/** Every search space. */
export const spaces: readonly SearchSpace[] = [nasbench201, mnasnet, fbnet, ofa];

/** @throws InputError listing the known names */
export function spaceNamed(name: string): SearchSpace {
  const space = spaces.find((s) => s.name === name);
  if (!space) {
    throw new InputError(
      `there is no search space ${quote(name)}; known are ${spaces.map((s) => s.name).join(', ')}`,
    );
  }
  return space;
}
