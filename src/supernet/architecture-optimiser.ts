import type { Random } from '../base/random.js';
import type { Architecture } from '../spaces/space.js';
import type { LatencyTerm } from './latency-term.js';

/** A choice of operations, and what its gradient goes through on the way to the logits. */
export interface ArchitectureDraw {
  /** `[edge, operation]`: shares, or one-hot. */
  readonly choice: Float32Array;
  /** `[edge, operation]`: the softmax that gradients go through. */
  readonly soft: Float32Array;
  /** Of that softmax. */
  readonly temperature: number;
}

/** Of DARTS's Adam (Liu et al., arXiv:1806.09055; NAS-Bench-201's configuration). */
const [BETA1, BETA2, EPSILON, DECAY] = [0.5, 0.999, 1e-8, 1e-3];

/** The second group of a search's parameters, with an optimiser of its own: a logit for each operation of each edge. */
export class ArchitectureOptimiser {
  private logits: Float64Array;
  private first: Float64Array;
  private second: Float64Array;
  private steps = 0;

  /** @param latency what is added to the loss, if latency counts */
  constructor(
    edges: number,
    private readonly operations: number,
    private readonly rate: number,
    private readonly latency?: LatencyTerm,
  ) {
    this.logits = new Float64Array(edges * operations);
    this.first = new Float64Array(this.logits.length);
    this.second = new Float64Array(this.logits.length);
  }

  /** What a share of the reference's latency counts now; 0 if latency does not. */
  get latencyWeight(): number {
    return this.latency?.weight ?? 0;
  }

  state() {
    return {
      logits: this.logits.slice(),
      first: this.first.slice(),
      second: this.second.slice(),
      steps: this.steps,
      latencyWeight: this.latencyWeight,
    };
  }

  restore({ logits, first, second, steps, latencyWeight }: ReturnType<ArchitectureOptimiser['state']>): void {
    [this.logits, this.first, this.second] = [logits.slice(), first.slice(), second.slice()];
    this.steps = steps;
    if (this.latency && steps > 0) this.latency.weight = latencyWeight;
  }

  /** The shares of all operations; with Gumbel noise one operation per edge (Jang et al., arXiv:1611.01144). */
  draw(gumbel?: { readonly random: Random; readonly temperature: number }): ArchitectureDraw {
    if (!gumbel) {
      const choice = this.softmax(this.logits, 1);
      return { choice, soft: choice, temperature: 1 };
    }
    const { random, temperature } = gumbel;
    const noisy = this.logits.map(
      (logit) => logit - Math.log(-Math.log(random.uniform() || Number.MIN_VALUE)),
    );
    return { choice: this.oneHot(noisy), soft: this.softmax(noisy, temperature), temperature };
  }

  /** One-hot, the likeliest operation of each edge. */
  likeliest(): Float32Array {
    return this.oneHot(this.logits);
  }

  /** The likeliest of some architectures. */
  likeliestOf(architectures: Iterable<Architecture>): Architecture {
    let best: Architecture | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const architecture of architectures) {
      const likelihood = architecture.reduce(
        (sum, o, edge) => sum + this.logits[edge * this.operations + o],
        0,
      );
      if (likelihood > most) [best, most] = [architecture, likelihood];
    }
    return best!;
  }

  /** One step of Adam. @param gradient of the loss by the choice that was drawn, `[edge, operation]` */
  step({ soft, temperature }: ArchitectureDraw, gradient: Float32Array): void {
    const total = this.throughSoftmax(soft, gradient, temperature);
    if (this.latency) {
      const shares = this.softmax(this.logits, 1);
      const slope = this.latency.slope(shares);
      this.throughSoftmax(shares, slope, 1).forEach((value, i) => {
        total[i] += value;
      });
    }
    this.steps++;
    for (let i = 0; i < total.length; i++) {
      const g = total[i] + DECAY * this.logits[i];
      this.first[i] = BETA1 * this.first[i] + (1 - BETA1) * g;
      this.second[i] = BETA2 * this.second[i] + (1 - BETA2) * g * g;
      const mean = this.first[i] / (1 - BETA1 ** this.steps);
      const deviation = Math.sqrt(this.second[i] / (1 - BETA2 ** this.steps));
      this.logits[i] -= (this.rate * mean) / (deviation + EPSILON);
    }
  }

  /** The gradient by logits of what has a gradient by their softmax: s·(g - Σ s·g) / temperature. */
  private throughSoftmax(soft: Float32Array, gradient: Float32Array, temperature: number): Float64Array {
    const result = new Float64Array(soft.length);
    for (let at = 0; at < soft.length; at += this.operations) {
      let mean = 0;
      for (let o = at; o < at + this.operations; o++) mean += soft[o] * gradient[o];
      for (let o = at; o < at + this.operations; o++)
        result[o] = (soft[o] * (gradient[o] - mean)) / temperature;
    }
    return result;
  }

  private softmax(logits: Float64Array, temperature: number): Float32Array {
    return Float32Array.from(
      this.edges(logits).flatMap((own) => {
        const most = Math.max(...own);
        const powers = own.map((logit) => Math.exp((logit - most) / temperature));
        const sum = powers.reduce((a, b) => a + b);
        return powers.map((power) => power / sum);
      }),
    );
  }

  private oneHot(logits: Float64Array): Float32Array {
    return Float32Array.from(
      this.edges(logits).flatMap((own) => {
        const best = own.indexOf(Math.max(...own));
        return own.map((_, o) => +(o === best));
      }),
    );
  }

  private edges(values: Float64Array): number[][] {
    return Array.from({ length: values.length / this.operations }, (_, edge) =>
      Array.from(values.subarray(edge * this.operations, (edge + 1) * this.operations)),
    );
  }
}
