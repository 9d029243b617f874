import { type DifferentiableOptions, DifferentiableSearch } from '../differentiable/differentiable-search.js';
import { accuracyOnly, differentiableDefaults, differentiableRules } from './la-darts.js';
import { strategyKind } from './strategy.js';

/**
 * `na-darts`: differentiable search for a good neighbourhood (Wang et al., arXiv:2105.06369): it maximises
 * the mean over a network's neighbours. The paper samples its gradient; the model here is linear in each
 * slot, so the gradient is exact. For noisy accuracies; it keeps a latency limit like `la-darts`.
 */
export const naDartsKind = strategyKind<DifferentiableOptions>(
  'na-darts',
  'NA-DARTS: as la-darts, raising the mean accuracy of the neighbours',
  differentiableRules,
  { ...differentiableDefaults, flat: 1 },
  (task, options) => new DifferentiableSearch(task, options),
  accuracyOnly,
);
