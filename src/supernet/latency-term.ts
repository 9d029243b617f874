import { MultilinearModel } from '../search/differentiable/multilinear.js';
import type { Architecture, SearchSpace } from '../spaces/space.js';

/** How much the weight of an exceeded limit rises per step, for each share of the limit (as `la-darts` does). */
const DUAL_RATE = 0.02;

/**
 * The latency in a search's loss, λ · E[latency] / reference (LA-DARTS, Xu et al., arXiv:2001.06392): a sum over operations
 * and pairs of them that was learned from latencies of whole networks, whose value at the shares is the expectation.
 */
export class LatencyTerm {
  weight: number;

  private constructor(
    private readonly model: MultilinearModel,
    private readonly referenceMs: number,
    given: { readonly weight: number } | { readonly maxMs: number },
  ) {
    this.weight = 'weight' in given ? given.weight : 0;
    this.maxMs = 'maxMs' in given ? given.maxMs : undefined;
  }

  /** A limit, which the weight rises to keep. */
  readonly maxMs: number | undefined;

  /**
   * @param latencyMs `[architecture]`
   * @param given the weight of a latency as large as the mean, fixed; or a limit
   */
  static learn(
    space: SearchSpace,
    architectures: readonly Architecture[],
    latencyMs: Float64Array,
    given: { readonly weight: number } | { readonly maxMs: number },
  ): LatencyTerm {
    const mean = latencyMs.reduce((sum, ms) => sum + ms, 0) / latencyMs.length;
    const reference = 'maxMs' in given ? given.maxMs : mean;
    return new LatencyTerm(MultilinearModel.fit(space, architectures, latencyMs), reference, given);
  }

  /** What it adds to the gradient by the shares, `[option]`; with a limit the weight makes its step. */
  slope(shares: Float32Array): Float32Array {
    const { value, slope } = this.model.at(shares);
    if (this.maxMs !== undefined) {
      this.weight = Math.max(0, this.weight + DUAL_RATE * (value / this.maxMs - 1));
    }
    return slope.map((ms) => (this.weight * ms) / this.referenceMs);
  }

  expectedMs(shares: Float32Array): number {
    return this.model.at(shares).value;
  }
}
