import { publishedSearch } from './brp-paper.js';
import { type GuidedOptions, GuidedSearch, guidedRules } from './guided.js';
import { strategyKind } from './strategy.js';

/**
 * `brp`: BRP-NAS with one score per network instead of a comparison that may contradict itself (RankNet,
 * Burges et al., ICML 2005), and with smaller, greedier rounds, so that results inform the next choice
 * sooner.
 */
export const brpKind = strategyKind<GuidedOptions>(
  'brp',
  'BRP-NAS with a consistent score per network and smaller, greedier rounds',
  guidedRules,
  {
    ...publishedSearch,
    relation: 'score',
    ranking: 'score',
    steps: 200,
    sharpness: 10,
    rounds: 10,
    alpha: 0.8,
  },
  (task, options) => new GuidedSearch(task, options),
);
