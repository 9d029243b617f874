import { guidedDefaults } from './brp.js';
import { type GuidedOptions, GuidedSearch } from './guided.js';
import { strategyKind } from './strategy.js';

/**
 * `rank`: BRP-NAS with one score per network instead of a comparison that may contradict itself (RankNet, Burges
 * et al., ICML 2005), and smaller, greedier rounds: a network trained is known by the next choice.
 */
export const rankKind = strategyKind<GuidedOptions>(
  'rank',
  'as brp, with one consistent score per network and smaller, greedier rounds',
  { ...guidedDefaults, relation: 'score', ranking: 'score', sharpness: 10, rounds: 10, alpha: 0.8 },
  (task, options) => new GuidedSearch(task, options),
);
