import type { Evaluator } from '../search/evaluators/evaluator.js';
import type { CompressibleModel } from './compressible-model.js';

/**
 * Evaluates ranks by the weights alone, where nothing says how accurate a model is: the accuracy is the share of its squared
 * singular values that a matrix keeps, percent, in the mean over the matrices. The model is not run.
 */
export function energyEvaluator(model: CompressibleModel): Evaluator {
  return {
    async evaluate(architecture) {
      const kept = model.ranks
        .ranksOf(architecture)
        .map((rank, i) => (rank === undefined ? 1 : model.decomposition(i).energy(rank)));
      return { accuracy: (100 * kept.reduce((sum, share) => sum + share, 0)) / kept.length };
    },
  };
}
