import { publishedSearch } from './brp-paper.js';
import { type GuidedOptions, GuidedSearch, guidedRules } from './guided.js';
import { strategyKind } from './strategy.js';

/** `gcn`: a GCN fitted to the accuracies of random networks, then the networks that it predicts to be best. */
export const gcnRegressionKind = strategyKind<GuidedOptions>(
  'gcn',
  'GCN regression of accuracy on random networks, then the best predicted',
  guidedRules,
  { ...publishedSearch, relation: 'regression', steps: 200, rounds: 1, ranking: 'score' },
  (task, options) => new GuidedSearch(task, options),
);
