import type { Architecture, SearchSpace } from '../../spaces/space.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { bestByNetwork } from './frontier.js';

/**
 * The networks of an accuracy table for a pool of pairs, `format`ted and without dead operations, with their
 * evaluator.
 */
export function networkTable(
  space: SearchSpace,
  architectures: readonly Architecture[],
  accuracyPercent: ArrayLike<number>,
): { readonly networks: ReadonlySet<string>; readonly evaluator: Evaluator } {
  const accuracies = new Map(
    bestByNetwork(space, architectures, accuracyPercent).map((i) => [
      space.format(space.prune(architectures[i])),
      accuracyPercent[i],
    ]),
  );
  return {
    networks: new Set(accuracies.keys()),
    // A pool of these networks contains no others.
    evaluator: { evaluate: async (network) => ({ accuracy: accuracies.get(space.format(network))! }) },
  };
}
