import { InputError } from '../base/errors.js';
import { CandidatePool } from './pool.js';

/**
 * The neighbours of each candidate of a pool: the networks one choice away, except isomorphic ones. The mean
 * of a score over them tells how flat the space is: networks surrounded by good ones generalise better than
 * isolated ones (NA-RS and NA-DARTS, Wang et al., arXiv:2105.06369).
 */
export class Neighbourhoods {
  /**
   * The candidates, at their positions in the pool, followed by the networks that limits removed from it.
   * These are never chosen, but their accuracy says just as much about their neighbours.
   */
  readonly seen: CandidatePool;
  private readonly around: readonly (readonly number[])[];

  /**
   * @param withRefused whether `seen` includes the networks that limits removed
   * @throws InputError if no candidate has a neighbour
   */
  constructor(pool: CandidatePool, withRefused = true) {
    const all = withRefused ? (pool.unlimited?.pool.architectures ?? []) : [];
    const refused = all.filter((architecture) => pool.candidateOf(architecture) === undefined);
    this.seen = new CandidatePool(pool.space, [...pool.architectures, ...refused]);
    this.around = pool.architectures.map((_, candidate) => this.seen.oneChoiceAway(candidate));
    if (this.around.every((neighbours) => neighbours.length === 0)) {
      throw new InputError(
        `no two of the ${pool.size} candidates are neighbours: ${pool.space.name} is too large to be searched whole, ` +
          'so nothing is known of the neighbourhood of a network; leave the option out',
        { field: 'flat' },
      );
    }
  }

  /**
   * (1 - share) · own + share · mean over the neighbours; a candidate without neighbours keeps its own score.
   *
   * @param scores `[network of seen]`
   * @param share of the neighbours, 0 to 1
   * @returns `[candidate]`
   */
  mixed(scores: Float64Array, share: number): Float64Array {
    return Float64Array.from(this.around, (neighbours, candidate) => {
      if (neighbours.length === 0) return scores[candidate];
      const sum = neighbours.reduce((total, neighbour) => total + scores[neighbour], 0);
      return (1 - share) * scores[candidate] + (share * sum) / neighbours.length;
    });
  }
}
