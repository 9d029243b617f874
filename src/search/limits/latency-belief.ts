import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Architecture } from '../../spaces/space.js';

/** What predictions are off by, as measured: by how much, and how alike for networks that are alike. */
interface Errors {
  /** Multiple of the spreads that predictions claim. */
  readonly scale: number;
  /** Share of the variance that all networks have in common, and that goes by common choices; the rest is each one's own. */
  readonly common: number;
  readonly alike: number;
}

const SCALES = [0.25, 0.5, 1, 2];
const SHARES = [
  [0.2, 0.6],
  [0.5, 0.3],
  [0.1, 0.3],
  [0.5, 0.45],
] as const;
/** Variance of the logarithm of a measurement around the latency: 1 %. */
const NOISE = 1e-4;

/**
 * What is believed of the latencies of a pool: predictions with their spreads, corrected by measurements. The
 * logarithms of the predictions' errors are a Gaussian process over the choices (Rasmussen & Williams, Gaussian Processes
 * for Machine Learning, section 2.2), so that a measurement says something of every network, and most of those like it.
 */
export class LatencyBelief {
  private readonly measured = new Map<number, number>();
  /** `[candidate]`: mean and standard deviation of ln(latency / ms). */
  mean: Float64Array;
  deviation: Float64Array;

  /**
   * @param predictedMs `[candidate]`
   * @param spread `[candidate]`: standard deviation of ln(latency / predicted)
   */
  constructor(
    private readonly architectures: readonly Architecture[],
    private readonly predictedMs: Float64Array,
    private readonly spread: Float64Array,
  ) {
    this.mean = predictedMs.map(Math.log);
    this.deviation = spread.slice();
  }

  /** Measured latencies by candidate, ms. */
  get known(): ReadonlyMap<number, number> {
    return this.measured;
  }

  /** Takes a measurement in: the exact posterior, no training. */
  learn(candidate: number, latencyMs: number): void {
    this.measured.set(candidate, latencyMs);
    const rows = [...this.measured.keys()];
    const residuals = Matrix.columnVector(
      rows.map((row) => Math.log(this.measured.get(row)! / this.predictedMs[row])),
    );
    let best:
      | { evidence: number; errors: Errors; cholesky: CholeskyDecomposition; alpha: Matrix }
      | undefined;
    for (const scale of SCALES) {
      for (const [common, alike] of SHARES) {
        const errors = { scale, common, alike };
        const kernel = new Matrix(rows.map((i) => rows.map((j) => this.covariance(errors, i, j))));
        for (let i = 0; i < rows.length; i++) kernel.set(i, i, kernel.get(i, i) + NOISE);
        const cholesky = new CholeskyDecomposition(kernel);
        const alpha = cholesky.solve(residuals);
        const triangle = cholesky.lowerTriangularMatrix;
        let evidence = -0.5 * residuals.dot(alpha);
        for (let i = 0; i < rows.length; i++) evidence -= Math.log(triangle.get(i, i));
        if (!best || evidence > best.evidence) best = { evidence, errors, cholesky, alpha };
      }
    }
    const { errors, cholesky, alpha } = best!;
    const inverse = cholesky.solve(Matrix.eye(rows.length));
    for (let candidate = 0; candidate < this.mean.length; candidate++) {
      const row = rows.map((i) => this.covariance(errors, candidate, i));
      const shift = row.reduce((sum, value, i) => sum + value * alpha.get(i, 0), 0);
      const told = new Matrix([row]).mmul(inverse).to1DArray();
      const explained = row.reduce((sum, value, i) => sum + value * told[i], 0);
      this.mean[candidate] = Math.log(this.predictedMs[candidate]) + shift;
      const variance = this.covariance(errors, candidate, candidate) - explained;
      this.deviation[candidate] = Math.sqrt(Math.max(variance, 0));
    }
    for (const [row, ms] of this.measured) {
      this.mean[row] = Math.log(ms);
      this.deviation[row] = 0;
    }
  }

  /** How probable it is that a candidate takes at most so long. */
  probabilityWithin(candidate: number, maxMs: number): number {
    const distance = Math.log(maxMs) - this.mean[candidate];
    const deviation = this.deviation[candidate];
    if (deviation === 0) return Number(distance >= 0);
    return normalShare(distance / deviation);
  }

  private covariance({ scale, common, alike }: Errors, i: number, j: number): number {
    const [a, b] = [this.architectures[i], this.architectures[j]];
    let same = 0;
    for (let slot = 0; slot < a.length; slot++) same += +(a[slot] === b[slot]);
    const own = i === j ? 1 - common - alike : 0;
    const shared = common + alike * (same / a.length) ** 2 + own;
    return scale * scale * this.spread[i] * this.spread[j] * shared;
  }
}

/** Share of the standard normal distribution below z (Abramowitz and Stegun, 26.2.17; off by less than 1e-7). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
