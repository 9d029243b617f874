import type { Random } from '../base/random.js';

/**
 * Weights of drawn architectures by their ranks, the largest for the smallest loss: uᵢ = ln(μ + ½) − ln
 * rankᵢ, yᵢ = uᵢ/Σu − 1/μ, scaled so that Σ|y| = μ. These are the weights of the CMA evolution strategy
 * (Hansen, 2011) as used in the first author's own toolkit (mfkasim1/deepmk, `trains/train_spv_rnas.py`).
 * They depend only on the ranks, not on the scale of the losses.
 *
 * @param losses `[draw]`, at least two; equal ones share the mean of their weights
 * @returns `[draw]`, with sum 0
 */
export function rankedWeights(losses: Float64Array): Float64Array {
  const count = losses.length;
  const order = [...losses.keys()].sort((a, b) => losses[a] - losses[b]);
  const utility = order.map((_, rank) => Math.log(count + 0.5) - Math.log(rank + 1));
  const sum = utility.reduce((a, b) => a + b, 0);
  const weights = new Float64Array(count);
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && losses[order[to]] === losses[order[from]]) to++;
    const mean = utility.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
    for (let rank = from; rank < to; rank++) weights[order[rank]] = mean / sum - 1 / count;
    from = to;
  }
  const size = weights.reduce((total, y) => total + Math.abs(y), 0);
  return size === 0 ? weights : weights.map((y) => (y * count) / size);
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Probabilities of every block's operations, learned with Adam from the weights of drawn architectures. */
export class ArchitectureDistribution {
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private steps = 0;

  /** @param logits `[block, operation]`; equal ones make all architectures equally likely */
  constructor(
    readonly blocks: number,
    readonly operations: number,
    private readonly learningRate: number,
    readonly logits: Float64Array = new Float64Array(blocks * operations),
  ) {
    this.first = new Float64Array(logits.length);
    this.second = new Float64Array(logits.length);
  }

  /** `[block][operation]`; the probabilities of each block add up to 1. */
  probabilities(): number[][] {
    return Array.from({ length: this.blocks }, (_, block) => {
      const own = [...this.logits.subarray(block * this.operations, (block + 1) * this.operations)];
      const most = Math.max(...own);
      const powers = own.map((logit) => Math.exp(logit - most));
      const sum = powers.reduce((a, b) => a + b, 0);
      return powers.map((power) => power / sum);
    });
  }

  /** Draws an architecture: the index of each block's operation. */
  draw(random: Random): number[] {
    return this.probabilities().map((shares) => {
      let left = random.uniform();
      for (const [k, share] of shares.entries()) {
        left -= share;
        if (left < 0) return k;
      }
      return shares.length - 1;
    });
  }

  /**
   * One step of Adam (Kingma & Ba, arXiv:1412.6980) that decreases Σ −yᵢ·ln p(architectureᵢ).
   *
   * @param weights `[architecture]`, y of `rankedWeights`
   */
  update(architectures: readonly (readonly number[])[], weights: Float64Array): void {
    const probabilities = this.probabilities();
    this.steps++;
    for (let block = 0; block < this.blocks; block++) {
      for (let k = 0; k < this.operations; k++) {
        let gradient = 0;
        for (const [i, architecture] of architectures.entries()) {
          gradient -= weights[i] * (Number(architecture[block] === k) - probabilities[block][k]);
        }
        this.step(block * this.operations + k, gradient);
      }
    }
  }

  private step(i: number, gradient: number): void {
    this.first[i] = BETA1 * this.first[i] + (1 - BETA1) * gradient;
    this.second[i] = BETA2 * this.second[i] + (1 - BETA2) * gradient * gradient;
    const mean = this.first[i] / (1 - BETA1 ** this.steps);
    const variance = this.second[i] / (1 - BETA2 ** this.steps);
    this.logits[i] -= (this.learningRate * mean) / (Math.sqrt(variance) + EPSILON);
  }
}

/** Architectures in the form of a network's step input: `[architecture, block, operation]`, one-hot. */
export function oneHotBlocks(
  architectures: readonly (readonly number[])[],
  operations: number,
): Float32Array {
  const blocks = architectures[0]?.length ?? 0;
  const values = new Float32Array(architectures.length * blocks * operations);
  for (const [i, architecture] of architectures.entries()) {
    for (const [block, k] of architecture.entries()) values[(i * blocks + block) * operations + k] = 1;
  }
  return values;
}
