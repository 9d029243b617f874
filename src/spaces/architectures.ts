import type { Architecture, SearchSpace } from './space.js';

/** All architectures of a space in its published order. */
export function* architecturesOf(space: SearchSpace): Generator<Architecture> {
  for (let index = 0; index < space.size; index++) yield space.at(index);
}
