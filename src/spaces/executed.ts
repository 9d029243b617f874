import type { Architecture, DeadOperations, SearchSpace } from './space.js';

/** Architectures as run by a device, which either times dead operations, or removes them first. */
export function asExecuted(
  space: SearchSpace,
  deadOperations: DeadOperations,
  architectures: readonly Architecture[],
): readonly Architecture[] {
  return deadOperations === 'pruned' ? architectures.map((a) => space.prune(a)) : architectures;
}
