import type { Architecture } from '../../spaces/space.js';
import type { JudgedG2p } from './judged.js';
import type { G2pScores } from './shipped.js';
import type { G2pTrainingHooks, G2pTrainingOptions } from './training.js';

/** The result of one round. */
export interface Round {
  /** Limit and actual size, as shares of the original network's parameters. */
  readonly maxParameters: number;
  readonly parameters: number;
  /** One rank per matrix, in order: `dense-24-12`. */
  readonly ranks: string;
  readonly training: Omit<G2pTrainingOptions, 'form'>;
  readonly scores: G2pScores;
}

export interface RoundsOptions {
  /** Share of the parameters that may be left after the last round. */
  readonly maxParameters: number;
  readonly rounds: number;
  /** Options of the training in each round. */
  readonly training: Omit<G2pTrainingOptions, 'form'>;
}

/**
 * Where ranks come from, and who is told of the rounds.
 *
 * @param round from 1
 */
export interface RoundsHooks {
  /** @param maxParameters limit, as a share of the judged network's parameters */
  search(judged: JudgedG2p, maxParameters: number, round: number): Promise<Architecture>;
  training(round: number): G2pTrainingHooks;
}

/**
 * Compresses and retrains a network alternately, as Mehrotra et al. (arXiv:2008.02897) do. Every round keeps
 * the same share of the previous round's parameters, so that the last one arrives at the share wanted.
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
