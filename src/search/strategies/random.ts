import { drawUntried, strategyKind } from './strategy.js';

/** `random`: the baseline for all other strategies. */
export const randomKind = strategyKind(
  'random',
  'networks drawn at random, none twice',
  {},
  {},
  ({ pool }) => ({
    async propose(trials, count, random) {
      return drawUntried(pool, trials, count, random).map((candidate) => ({ candidate, reason: 'random' }));
    },
  }),
);
