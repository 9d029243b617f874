/** Strategies of a search for a network, the best first. */
export const STRATEGIES = ['brp', 'brp-paper', 'local', 'evolution', 'gcn', 'fnas', 'nas', 'random'] as const;

/** Strategies of a search for a pair of a network and an accelerator only. */
export const PAIR_STRATEGIES = ['combined', 'phase', 'separate'] as const;

export function isForPairs(strategy: string): boolean {
  return PAIR_STRATEGIES.some((name) => name === strategy);
}
