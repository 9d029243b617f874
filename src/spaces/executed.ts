import type { Architecture, DeadOperations, SearchSpace } from './space.js';

/** Architectures as a device runs them that times dead operations, or that removes them first. */
export function asExecuted(
  space: SearchSpace,
  deadOperations: DeadOperations,
  architectures: readonly Architecture[],
): readonly Architecture[] {
  return deadOperations === 'pruned' ? architectures.map((a) => space.prune(a)) : architectures;
}
