/** Strategies of a search, the best first. */
export const STRATEGIES = ['brp', 'brp-paper', 'local', 'evolution', 'gcn', 'random'] as const;
