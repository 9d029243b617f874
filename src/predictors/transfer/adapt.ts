import { Matrix } from 'ml-matrix';
import { median } from 'simple-statistics';
import { Cholesky, LEAST_PIVOT } from '../cholesky.js';
import type { Basis } from './basis.js';
import { type HeldOutPredictions, heldOut } from './held-out.js';
import {
  covariance,
  type Hypothesis,
  kernels,
  levelWeights,
  Prior,
  type PriorBlock,
  type PriorView,
} from './prior.js';
import { type Uncertainty, uncertaintyOf } from './uncertainty.js';

/** Candidate noise variances of one measurement's relative error. */
const NOISES = [1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];
/** Degrees of freedom of the noise: measurements have outliers that a normal distribution does not have. */
const FREEDOM = 2;
const ITERATIONS = 6;
/** After this many iterations, only models whose log evidence is close enough to matter are continued. */
const FIRST_ITERATIONS = 3;
const NEGLIGIBLE = 12;
/** Smallest prediction relative to the device's scale: a weighted sum might be negative. */
const FLOOR = 0.05;

/** A device's latency as a linear function of the basis: max(floor, constant + Σ weight·column). */
export interface LinearLatency {
  readonly constant: number;
  /** `[column]`, in the metric's unit. */
  readonly weights: Float64Array;
  readonly floor: number;
}

export interface Adapted extends LinearLatency {
  /** The prediction for each sample from other samples; computed on demand. */
  heldOut(): HeldOutPredictions;
  /** Uncertainty in terms of the adapted basis; computed on demand. */
  uncertainty(): Uncertainty;
  /** The hypotheses with their noise and posterior probability, the most likely first. */
  readonly evidence: readonly { hypothesis: Hypothesis; noise: number; probability: number }[];
}

interface Model {
  readonly hypothesis: Hypothesis;
  readonly noise: number;
  /** `[sample, sample]`, without the noise. */
  readonly covariances: Float64Array;
}

interface Posterior extends Model {
  /** `[sample]`: (K + N)⁻¹·residual. */
  readonly dual: Float64Array;
  /** `[sample, sample]`: (K + N)⁻¹, row by row. */
  readonly inverse: Float64Array;
  /** `[sample]`: noise variance of a measurement, before it is raised for those that the others contradict. */
  readonly variance: Float64Array;
  /** Lower bound of the log evidence, up to a constant. */
  readonly evidence: number;
}

/**
 * Learns a device from a number of samples. The models are Gaussian processes on the basis, whose prior mean
 * and covariance come from the source devices, with Student-t noise on the relative error: one per hypothesis
 * and noise level, averaged by their evidence (Bayesian model averaging; Hoeting et al., Statistical Science
 * 14, 1999). Each is linear in the basis, and so is their mean.
 *
 * The noise is fitted by variational expectation-maximisation: a sample's noise variance is divided by a
 * weight that shrinks if the others contradict the sample (Tipping & Lawrence, Neurocomputing 69, 2005).
 *
 * @param columns `[sample, column]` of the basis
 * @param values `[sample]`, in the metric's unit
 */
export function adapt(basis: Basis, columns: Matrix, values: Float64Array): Adapted {
  const prior = new Prior(basis);
  const view = prior.view(columns);
  const scale = Math.exp(median(Array.from(values, (value, i) => Math.log(value / view.mean[i]))));
  const relative = values.map((value) => value / scale);
  const kernel = kernels(view, view);
  const settle = (model: Model, iterations: number) => posterior(model, relative, view.mean, iterations);
  const first = prior.hypotheses().flatMap((hypothesis) => {
    const covariances = Float64Array.from(covariance(kernel, hypothesis).to1DArray());
    return NOISES.map((noise) => settle({ hypothesis, noise, covariances }, FIRST_ITERATIONS));
  });
  const likely = Math.max(...first.map((p) => p.evidence)) - NEGLIGIBLE;
  const posteriors = first.filter((p) => p.evidence > likely).map((p) => settle(p, ITERATIONS));
  const most = Math.max(...posteriors.map((p) => p.evidence));
  const likelihoods = posteriors.map((p) => Math.exp(p.evidence - most));
  const total = likelihoods.reduce((sum, l) => sum + l, 0);
  const weighed = posteriors.map((p, i) => ({ ...p, probability: likelihoods[i] / total }));

  const { constant, columns: weights } = weightsOf(prior, view, weighed);
  return {
    constant: constant * scale,
    weights: weights.map((w) => w * scale),
    floor: FLOOR * scale,
    heldOut: () => {
      const { mean, deviation } = heldOut(relative, view.mean, weighed, (model, y, expected) =>
        posterior(model, y, expected, ITERATIONS),
      );
      const bounded = mean.map((m) => Math.max(FLOOR, m));
      return {
        predicted: bounded.map((m) => scale * m),
        deviation: deviation.map((d, i) => d / bounded[i]),
      };
    },
    uncertainty: () => uncertaintyOf(prior, view, weighed, scale),
    evidence: weighed
      .map(({ hypothesis, noise, probability }) => ({ hypothesis, noise, probability }))
      .sort((a, b) => b.probability - a.probability),
  };
}

/** @returns `[architecture]`, in the metric's unit */
export function applyLinear(model: LinearLatency, columns: Matrix): Float64Array {
  return Float64Array.from({ length: columns.rows }, (_, i) => {
    let sum = model.constant;
    for (let j = 0; j < columns.columns; j++) sum += model.weights[j] * columns.get(i, j);
    return Math.max(model.floor, sum);
  });
}

function posterior(
  { hypothesis, noise, covariances }: Model,
  latency: Float64Array,
  mean: Float64Array,
  iterations: number,
): Posterior {
  const samples = latency.length;
  // Errors are relative: a sample's noise grows with its latency, for which prior and measurement are both
  // evidence.
  const variance = latency.map((y, i) => noise * (0.5 * (Math.min(y, 2 * mean[i]) + mean[i])) ** 2);
  const residual = latency.map((y, i) => y - mean[i]);
  const shape = (FREEDOM + 1) / 2;
  const weight = new Float64Array(samples).fill(1);
  let rate = new Float64Array(samples).fill(shape);
  for (let iteration = 1; ; iteration++) {
    const total = covariances.slice();
    for (let i = 0; i < samples; i++) total[i * samples + i] += variance[i] / weight[i];
    const factor = Cholesky.of(total, samples, LEAST_PIVOT);
    const inverse = factor.inverse();
    const dual = residual.map((_, i) => {
      let sum = 0;
      for (let j = 0; j < samples; j++) sum += inverse[i * samples + j] * residual[j];
      return sum;
    });
    if (iteration === iterations) {
      let evidence = -0.5 * factor.logDeterminant();
      for (let i = 0; i < samples; i++) {
        evidence -= 0.5 * residual[i] * dual[i];
        // Evidence of the weights: the log of the rates against a Gamma(ν/2, ν/2) prior.
        evidence -= (FREEDOM / 2) * Math.log(rate[i]) + (shape * (FREEDOM / 2 - rate[i])) / rate[i];
      }
      return { hypothesis, noise, covariances, dual, inverse, variance, evidence };
    }
    rate = Float64Array.from(variance, (v, i) => {
      const own = v / weight[i];
      const squaredError = (own * dual[i]) ** 2 + own - own * own * inverse[i * samples + i];
      return (FREEDOM + squaredError / v) / 2;
    });
    rate.forEach((b, i) => {
      weight[i] = shape / b;
    });
  }
}

/** The averaged posterior mean as weights on the basis, in units of the scale. */
function weightsOf(
  prior: Prior,
  view: PriorView,
  posteriors: readonly (Posterior & { probability: number })[],
) {
  const samples = view.mean.length;
  const dualOf = (strength: (h: Hypothesis) => number) =>
    Float64Array.from({ length: samples }, (_, i) =>
      posteriors.reduce((sum, p) => sum + p.probability * strength(p.hypothesis) * p.dual[i], 0),
    );
  const blocks = new Map(
    (Object.entries(view.blocks) as [PriorBlock, Matrix][]).map(([block, matrix]) => {
      const dual = Matrix.rowVector(Array.from(dualOf((h) => h[block] ?? 0)));
      return [block, Float64Array.from(dual.mmul(matrix).to1DArray())];
    }),
  );
  const { constant, share } = levelWeights(
    view,
    dualOf(() => 1),
  );
  return prior.onBasis(constant, 1 + share, blocks);
}
