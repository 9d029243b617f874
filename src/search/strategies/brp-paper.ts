import { type GuidedOptions, GuidedSearch, guidedRules } from './guided.js';
import { strategyKind } from './strategy.js';

/**
 * The published search. Its predictor has the published form and loss, but is trained differently, so that a
 * run takes seconds: 64 units instead of 600, and steps over all ordered pairs at once, embedding each
 * network once, instead of batches of 60 pairs. The remaining options (steps, rate, dropout) were chosen on
 * CIFAR-10.
 */
export const publishedSearch: GuidedOptions = {
  relation: 'binary',
  samples: 100,
  rounds: 5,
  alpha: 0.5,
  ranking: 'sort',
  exploration: 0,
  hidden: 64,
  layers: 4,
  members: 1,
  steps: 600,
  learningRate: 3e-3,
  weightDecay: 5e-4,
  dropout: 0.1,
  sharpness: 3,
  warmStart: true,
  threads: 1,
};

/**
 * `brp-paper`: BRP-NAS as published (Dudziak et al., arXiv:2007.08668): binary relation, sorting by
 * comparison, five rounds, of which half is the best predicted.
 */
export const brpPaperKind = strategyKind(
  'brp-paper',
  'BRP-NAS as published: binary relation, five rounds, half of each the best predicted',
  guidedRules,
  publishedSearch,
  (task, options) => new GuidedSearch(task, options),
);
