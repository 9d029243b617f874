import type { Architecture } from '../../spaces/space.js';
import type { JudgedG2p } from './judged.js';
import type { G2pScores } from './shipped.js';
import type { G2pTrainingHooks, G2pTrainingOptions } from './training.js';

/** What was found and trained in a round. */
export interface Round {
  /** Share of the parameters of the network that was given; of its limit, and what is left. */
  readonly maxParameters: number;
  readonly parameters: number;
  /** One for each matrix, in their order: `dense-24-12`. */
  readonly ranks: string;
  readonly training: Omit<G2pTrainingOptions, 'form'>;
  readonly scores: G2pScores;
}

export interface RoundsOptions {
  /** Share of the parameters that may be left in the end. */
  readonly maxParameters: number;
  readonly rounds: number;
  /** In each round. */
  readonly training: Omit<G2pTrainingOptions, 'form'>;
}

/** Where ranks come from, and what hears of it. @param round from 1 */
export interface RoundsHooks {
  /** @param maxParameters of the judged network's, which may be left */
  search(judged: JudgedG2p, maxParameters: number, round: number): Promise<Architecture>;
  training(round: number): G2pTrainingHooks;
}

/**
 * Compresses a network and retrains it by turns, as Mehrotra et al. (arXiv:2008.02897) do: every round leaves the same share of
 * the parameters that the one before it left, and the last one the share that is wanted.
 *
 * @returns undefined if it was interrupted
 */
export async function compressInRounds(
  given: JudgedG2p,
  { maxParameters, rounds: count, training }: RoundsOptions,
  hooks: RoundsHooks,
): Promise<{ judged: JudgedG2p; rounds: Round[] } | undefined> {
  const whole = given.model.parameters;
  const rounds: Round[] = [];
  let judged = given;
  for (let round = 1; round <= count; round++) {
    const limit = maxParameters ** (round / count);
    const { model } = judged;
    const ranks = await hooks.search(judged, Math.min(1, (limit * whole) / model.parameters), round);
    const retrained = await judged.retrained(ranks, training, hooks.training(round));
    if (!retrained) return undefined;
    judged = retrained;
    rounds.push({
      maxParameters: limit,
      parameters: judged.model.parameters / whole,
      ranks: model.ranks.space.format(ranks),
      training,
      scores: await judged.scores(),
    });
  }
  return { judged, rounds };
}
