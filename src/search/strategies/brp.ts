import { type GuidedOptions, GuidedSearch } from './guided.js';
import { strategyKind } from './strategy.js';

/** How the predictors of this file learn, chosen on CIFAR-10. */
export const guidedDefaults: GuidedOptions = {
  relation: 'binary',
  samples: 100,
  rounds: 5,
  alpha: 0.5,
  ranking: 'sort',
  exploration: 0,
  hidden: 64,
  layers: 4,
  members: 1,
  steps: 200,
  learningRate: 3e-3,
  weightDecay: 5e-4,
  dropout: 0.1,
  sharpness: 3,
  warmStart: true,
  threads: 1,
};

/** `brp`: BRP-NAS. Binary relation, five rounds, half of each the best predicted. */
export const brpKind = strategyKind(
  'brp',
  'BRP-NAS: binary-relation GCN, trained networks selected in rounds',
  guidedDefaults,
  (task, options) => new GuidedSearch(task, options),
);
