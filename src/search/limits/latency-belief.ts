import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Architecture } from '../../spaces/space.js';

/**
 * The errors of predictions, estimated from measurements: their size, and their correlation between similar
 * networks.
 */
interface Errors {
  /** Factor on the spreads claimed by the predictions. */
  readonly scale: number;
  /**
   * Shares of the variance that are common to all networks, that depend on common choices, and that depend on
   * how often options are chosen anywhere; the rest is specific to each network.
   */
  readonly common: number;
  readonly alike: number;
  readonly counted: number;
}

/** A measured network, and the similarity of all candidates to it: `[candidate]` each, 0 to 1. */
interface Measured {
  readonly candidate: number;
  readonly latencyMs: number;
  readonly alike: Float64Array;
  readonly counted: Float64Array;
}

const SCALES = [0.25, 0.5, 1, 2];
const SHARES = [
  [0.2, 0.6, 0],
  [0.5, 0.3, 0],
  [0.1, 0.3, 0],
  [0.1, 0.3, 0.4],
  [0.1, 0.1, 0.7],
  [0.3, 0.2, 0.3],
] as const;
/** Variance of a measurement's logarithm around the latency: 1 %. */
const NOISE = 1e-4;
/** Share of networks whose predictions have larger errors, and the factor by which they are larger. */
const OUTLIERS = 0.1;
const FURTHER = 3;

/**
 * What is believed about the latencies of a pool: predictions with their spreads, corrected by measurements.
 * The logarithms of the predictions' errors are a Gaussian process over the choices (Rasmussen & Williams,
 * Gaussian Processes for Machine Learning, section 2.2). A measurement therefore informs about every network,
 * most about similar ones: those with the same choices or, if the measurements indicate it, with the same
 * options in other places. Probabilities allow for outliers: errors have longer tails than a normal
 * distribution.
 */
export class LatencyBelief {
  private readonly measured: Measured[] = [];
  private readonly latencies = new Map<number, number>();
  private readonly counts: readonly Uint8Array[];
  private posterior: { readonly mean: Float64Array; readonly deviation: Float64Array } | undefined;

  /**
   * @param predictedMs `[candidate]`
   * @param spread `[candidate]`: standard deviation of ln(latency / predicted)
   */
  constructor(
    private readonly architectures: readonly Architecture[],
    private readonly predictedMs: Float64Array,
    private readonly spread: Float64Array,
  ) {
    this.counts = architectures.map(optionCounts);
  }

  /** Measured latencies in ms by candidate. */
  get known(): ReadonlyMap<number, number> {
    return this.latencies;
  }

  /** `[candidate]`: mean of ln(latency / ms). */
  get mean(): Float64Array {
    return this.believed.mean;
  }

  /** `[candidate]`: standard deviation of ln(latency / ms); 0 if it was measured. */
  get deviation(): Float64Array {
    return this.believed.deviation;
  }

  /** Adds a measurement. The posterior is exact; no training is needed. */
  learn(candidate: number, latencyMs: number): void {
    const { architectures, counts } = this;
    const [alike, counted] = [new Float64Array(counts.length), new Float64Array(counts.length)];
    for (let i = 0; i < counts.length; i++) {
      alike[i] = sharedChoices(architectures[i], architectures[candidate]) ** 2;
      counted[i] = sharedCounts(counts[i], counts[candidate]) ** 2;
    }
    this.latencies.set(candidate, latencyMs);
    this.measured.push({ candidate, latencyMs, alike, counted });
    this.posterior = undefined;
  }

  /** Probability that a candidate takes at most this long, allowing for outliers among the predictions. */
  probabilityWithin(candidate: number, maxMs: number): number {
    const distance = Math.log(maxMs) - this.mean[candidate];
    const deviation = this.deviation[candidate];
    if (deviation === 0) return Number(distance >= 0);
    const z = distance / deviation;
    return (1 - OUTLIERS) * normalShare(z) + OUTLIERS * normalShare(z / FURTHER);
  }

  private get believed() {
    this.posterior ??= this.corrected();
    return this.posterior;
  }

  private corrected() {
    const { measured, predictedMs } = this;
    const mean = predictedMs.map(Math.log);
    const deviation = this.spread.slice();
    if (measured.length === 0) return { mean, deviation };
    const { errors, cholesky, weights } = this.likeliest();
    const inverse = cholesky.solve(Matrix.eye(measured.length)).to2DArray();
    for (let candidate = 0; candidate < mean.length; candidate++) {
      const row = measured.map((one) => this.covariance(errors, candidate, one));
      let explained = 0;
      for (let i = 0; i < row.length; i++) {
        mean[candidate] += row[i] * weights[i];
        for (let j = 0; j < row.length; j++) explained += row[i] * inverse[i][j] * row[j];
      }
      const variance = (errors.scale * this.spread[candidate]) ** 2 - explained;
      deviation[candidate] = Math.sqrt(Math.max(variance, 0));
    }
    for (const { candidate, latencyMs } of measured) {
      mean[candidate] = Math.log(latencyMs);
      deviation[candidate] = 0;
    }
    return { mean, deviation };
  }

  /** The errors that make the measurements most probable. */
  private likeliest() {
    const { measured, predictedMs } = this;
    const residuals = Matrix.columnVector(
      measured.map(({ candidate, latencyMs }) => Math.log(latencyMs / predictedMs[candidate])),
    );
    const fits = SCALES.flatMap((scale) =>
      SHARES.map(([common, alike, counted]) => {
        const errors = { scale, common, alike, counted };
        const rows = measured.map(({ candidate }) =>
          measured.map((one) => this.covariance(errors, candidate, one)),
        );
        for (let i = 0; i < rows.length; i++) rows[i][i] += NOISE;
        const cholesky = new CholeskyDecomposition(new Matrix(rows));
        const weights = cholesky.solve(residuals);
        const logs = cholesky.lowerTriangularMatrix.diagonal().map(Math.log);
        const evidence = -0.5 * residuals.dot(weights) - logs.reduce((sum, log) => sum + log, 0);
        return { errors, cholesky, weights: weights.to1DArray(), evidence };
      }),
    );
    return fits.reduce((best, fit) => (fit.evidence > best.evidence ? fit : best));
  }

  private covariance(errors: Errors, candidate: number, one: Measured): number {
    const { scale, common, alike, counted } = errors;
    const own = candidate === one.candidate ? 1 - common - alike - counted : 0;
    const shared = common + alike * one.alike[candidate] + counted * one.counted[candidate] + own;
    return scale * scale * (this.spread[candidate] * this.spread[one.candidate]) * shared;
  }
}

/** How often each option is chosen, in any slot. */
function optionCounts(architecture: Architecture): Uint8Array {
  const counts = new Uint8Array(Math.max(...architecture) + 1);
  for (const option of architecture) counts[option]++;
  return counts;
}

/** Share of the slots in which two networks have the same option. */
function sharedChoices(a: Architecture, b: Architecture): number {
  let same = 0;
  for (let slot = 0; slot < a.length; slot++) same += +(a[slot] === b[slot]);
  return same / a.length;
}

/** Share of the slots in which two networks would have the same option after reordering each. */
function sharedCounts(a: Uint8Array, b: Uint8Array): number {
  let same = 0;
  for (let option = 0; option < Math.min(a.length, b.length); option++)
    same += Math.min(a[option], b[option]);
  return same / a.reduce((sum, count) => sum + count, 0);
}

/** Share of the standard normal distribution below z (Abramowitz and Stegun, 26.2.17; error below 1e-7). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - tail : tail;
}
