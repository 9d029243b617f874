import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeclaredSpace } from '../../src/spaces/declared/declared-space.js';
import type { SearchSpace } from '../../src/spaces/space.js';

const underWay = new WeakMap<SearchSpace, Promise<void>>();

/** Resolves when a space has numbered its architectures; other requests get a turn meanwhile. */
export function numbered(space: SearchSpace): Promise<void> {
  let done = underWay.get(space);
  if (!done) {
    done = number(space as SearchSpace & Partial<DeclaredSpace>);
    underWay.set(space, done);
  }
  return done;
}

async function number({ numbering }: Partial<DeclaredSpace>): Promise<void> {
  for (const _ of numbering?.() ?? []) await nextTurn();
}
