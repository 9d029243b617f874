import { addOuter, Cholesky, dot } from '../cholesky.js';
import { Covariances, type KernelFeatures, variance } from './features.js';

/** Standard deviation of a kernel's log time that its known shape does not explain. */
const NOISE = 0.08;

/** Number of kernels that represent all profiled kernels of a group. */
const REPRESENTATIVES = 128;

/** Log times relative to the rates, of kernels in one group. */
export interface FactorSample {
  readonly features: KernelFeatures;
  readonly residual: number;
  /** Variance of the residual due to the clock, in addition to `NOISE`. */
  readonly clockVariance: number;
}

/** A kernel's learned factor in the form needed for means and variances of sums. */
export interface FactorReading {
  /** `[representative]`: the log factor is `basis`·weights. */
  readonly basis: Float64Array;
  /** Prior variance that the representatives do not explain. */
  readonly unexplained: number;
}

/** The posterior of the factors in one group of kernels. */
export interface FactorPosterior {
  readonly representatives: readonly KernelFeatures[];
  /** `[representative]` */
  readonly weights: Float64Array;
  /** Cholesky factor of the weights' precision. */
  readonly precision: Cholesky;
}

/**
 * Describes kernels of a group by its representatives: a Gaussian process determined by these alone (the
 * deterministic training conditional of Quiñonero-Candela & Rasmussen, JMLR 6, 2005), written as a linear
 * model whose weights are independent and normal a priori. Without samples, the factor is one.
 */
export class FactorBasis {
  private readonly factor: Cholesky;
  private readonly covariances: Covariances;

  constructor(readonly representatives: readonly KernelFeatures[]) {
    const size = representatives.length;
    this.covariances = new Covariances(representatives);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      matrix.set(this.covariances.of(representatives[i]), i * size);
      matrix[i * size + i] += 1e-6;
    }
    this.factor = Cholesky.of(matrix, size);
  }

  read(features: KernelFeatures): FactorReading {
    const basis = this.factor.forward(this.covariances.of(features));
    return { basis, unexplained: Math.max(0, variance(features) - dot(basis, basis)) };
  }

  /** The weights that approximate a function of kernels' shapes as well as the representatives allow. */
  weightsOf(logFactor: (features: KernelFeatures) => number): Float64Array {
    return this.factor.forward(this.representatives.map(logFactor));
  }

  /** The mean of the log factor without its variance, as a weighted sum of covariances. */
  mean(weights: Float64Array): (features: KernelFeatures) => number {
    const coefficients = this.factor.backward(weights);
    return (features) => dot(coefficients, this.covariances.of(features));
  }
}

/**
 * Chooses, greedily, the kernels that leave the least variance of the others unexplained: incomplete Cholesky
 * factorisation with pivots.
 */
export function chooseRepresentatives(
  candidates: readonly KernelFeatures[],
  most = REPRESENTATIVES,
): KernelFeatures[] {
  const { length } = candidates;
  const covariances = new Covariances(candidates);
  const left = Float64Array.from(candidates, (candidate) => variance(candidate));
  const columns: Float64Array[] = [];
  const chosen: KernelFeatures[] = [];
  while (chosen.length < Math.min(most, length)) {
    let pivot = 0;
    for (let i = 1; i < length; i++) if (left[i] > left[pivot]) pivot = i;
    if (left[pivot] < 1e-4) break;
    const root = Math.sqrt(left[pivot]);
    const column = covariances.of(candidates[pivot]).map((covariance, i) => {
      let value = covariance;
      for (const before of columns) value -= before[i] * before[pivot];
      return value / root;
    });
    for (let i = 0; i < length; i++) left[i] -= column[i] ** 2;
    left[pivot] = 0;
    columns.push(column);
    chosen.push(candidates[pivot]);
  }
  return chosen;
}

/** A normal prior of the weights, with these means and variance 1 / precision. */
export interface FactorPrior {
  readonly weights: Float64Array;
  readonly precision: number;
}

/**
 * The normal equations of a group's weights from profiled kernels: precision (including the prior) and
 * right-hand side.
 */
export function normalEquations(
  basis: FactorBasis,
  samples: readonly FactorSample[],
  prior: FactorPrior,
): { matrix: Float64Array; right: Float64Array } {
  const size = basis.representatives.length;
  const matrix = new Float64Array(size * size);
  const right = prior.weights.map((weight) => prior.precision * weight);
  for (let i = 0; i < size; i++) matrix[i * size + i] = prior.precision;
  for (const { features, residual, clockVariance } of samples) {
    const reading = basis.read(features);
    const weight = 1 / (NOISE ** 2 + clockVariance + reading.unexplained);
    addOuter(matrix, size, reading.basis, weight);
    for (let i = 0; i < size; i++) right[i] += weight * residual * reading.basis[i];
  }
  return { matrix, right };
}
