import type { Evaluator } from '../search/evaluators/evaluator.js';
import type { CompressibleModel } from './compressible-model.js';

/**
 * Evaluates ranks by the weights alone, for models without a measure of accuracy. The accuracy is the share
 * of a matrix's squared singular values that is kept, in percent, averaged over the matrices. The model is
 * not run.
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
