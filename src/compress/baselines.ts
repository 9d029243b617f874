import type { Architecture } from '../spaces/space.js';
import type { CompressibleModel } from './compressible-model.js';
import type { Goal } from './goal.js';

/** The same option for every matrix, as high as the limits allow: the choice made without looking at the model. */
export function uniformRanks({ ranks }: CompressibleModel, goal: Goal): Architecture | undefined {
  const deepest = Math.max(...ranks.ranks.map(({ length }) => length));
  for (let option = 0; option < deepest; option++) {
    const architecture = Uint8Array.from(ranks.ranks, ({ length }) => Math.min(option, length - 1));
    if (goal.isWithin(architecture)) return architecture;
  }
  return undefined;
}

/**
 * For every matrix the lowest rank that keeps a certain share of its squared singular values; the share is
 * the same for all, and as high as the limits allow. Kaldi's recipes do this.
 */
export function energyRanks(model: CompressibleModel, goal: Goal): Architecture | undefined {
  const { ranks } = model;
  const energies = ranks.ranks.map((options, i) =>
    options.map((rank) => (rank === undefined ? 1 : model.decomposition(i).energy(rank))),
  );
  const keeping = (share: number) =>
    Uint8Array.from(energies, (own) => own.findLastIndex((energy) => energy >= share));
  const shares = [...new Set(energies.flat())].sort((a, b) => b - a);
  const share = shares.find((each) => goal.isWithin(keeping(each)));
  return share === undefined ? undefined : keeping(share);
}
