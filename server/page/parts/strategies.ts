/** Strategies of a search for a network, the best first. */
export const STRATEGIES = ['brp', 'brp-paper', 'local', 'evolution', 'gcn', 'fnas', 'nas', 'random'] as const;
