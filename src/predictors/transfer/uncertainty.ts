import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import {
  CONSTANT_VARIANCE,
  type Hypothesis,
  levelWeights,
  type Prior,
  type PriorBlock,
  type PriorView,
} from './prior.js';

/** A Gaussian posterior of a device's latency, one of those averaged by `adapt`; in units of the device's scale. */
export interface WeighedPosterior {
  readonly hypothesis: Hypothesis;
  readonly noise: number;
  readonly probability: number;
  /** `[sample]`: (K + N)⁻¹·residual. */
  readonly dual: Float64Array;
  /** `[sample, sample]`: (K + N)⁻¹, row by row. */
  readonly inverse: Float64Array;
}

/** How far a new measurement may be from a prediction. */
export interface Uncertainty {
  /** `[1 + column, 1 + column]`, in ms: the variance of the latency is ‖[1, columns − means]·factor‖². */
  readonly factor: Matrix;
  /** Variance of one measurement's relative error. */
  readonly noise: number;
}

/** Share of a covariance's diagonal that is added to it, so that rounding does not make it indefinite. */
const JITTER = 1e-9;
/** Posteriors with a smaller probability are ignored. */
const NEGLIGIBLE = 1e-4;

/**
 * The averaged posterior's covariance of the weights on the basis, which vary within every posterior and
 * between them.
 *
 * @param scale the device's scale
 */
export function uncertaintyOf(
  prior: Prior,
  view: PriorView,
  posteriors: readonly WeighedPosterior[],
  scale: number,
): Uncertainty {
  const likely = posteriors.filter(({ probability }) => probability > NEGLIGIBLE);
  const total = likely.reduce((sum, { probability }) => sum + probability, 0);
  const size = prior.basis.means.length + 1;
  const covariance = Matrix.zeros(size, size);
  const units = new Map<PriorBlock, Matrix>();
  const means: Float64Array[] = [];
  for (const { hypothesis, probability, dual, inverse } of likely) {
    const share = probability / total;
    const samples = dual.length;
    const cross = Matrix.zeros(samples, size);
    for (let i = 0; i < samples; i++) {
      const unit = new Float64Array(samples);
      unit[i] = 1;
      cross.setRow(i, [...weightsOf(prior, view, hypothesis, unit)]);
    }
    const known = cross.transpose().mmul(Matrix.from1DArray(samples, samples, [...inverse]).mmul(cross));
    covariance.add(priorCovariance(prior, hypothesis, units).sub(known).mul(share));
    means.push(weightsOf(prior, view, hypothesis, dual).map((w) => w * Math.sqrt(share)));
  }
  const average = new Float64Array(size);
  likely.forEach(({ probability }, p) => {
    for (let i = 0; i < size; i++) average[i] += means[p][i] * Math.sqrt(probability / total);
  });
  for (const own of means) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) covariance.set(i, j, covariance.get(i, j) + own[i] * own[j]);
    }
  }
  const spread = Matrix.sub(
    covariance,
    Matrix.columnVector([...average]).mmul(Matrix.rowVector([...average])),
  );
  const symmetric = Matrix.add(spread, spread.transpose()).div(2);
  for (let i = 0; i < size; i++) {
    symmetric.set(i, i, Math.max(symmetric.get(i, i), 0) * (1 + JITTER) + JITTER * JITTER);
  }
  return {
    factor: new CholeskyDecomposition(symmetric).lowerTriangularMatrix.mul(scale),
    noise: likely.reduce((sum, { noise, probability }) => sum + (noise * probability) / total, 0),
  };
}

/**
 * Standard deviation of new measurements.
 *
 * @param columns `[architecture, column]` of the basis
 * @param predicted `[architecture]`
 * @returns `[architecture]`, relative to the prediction
 */
export function relativeDeviation(
  { factor, noise }: Uncertainty,
  means: Float64Array,
  columns: Matrix,
  predicted: Float64Array,
): Float64Array {
  const size = factor.rows;
  const rows = Float64Array.from(factor.to1DArray());
  const centred = new Float64Array(size).fill(1);
  return predicted.map((value, a) => {
    for (let i = 1; i < size; i++) centred[i] = columns.get(a, i - 1) - means[i - 1];
    let variance = 0;
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let i = j; i < size; i++) sum += centred[i] * rows[i * size + j];
      variance += sum * sum;
    }
    return Math.sqrt(variance / (value * value) + noise);
  });
}

/** Weights on [1, columns − means] for the samples' dual weights. */
function weightsOf(prior: Prior, view: PriorView, hypothesis: Hypothesis, dual: Float64Array): Float64Array {
  const blocks = new Map(
    (Object.entries(hypothesis) as [PriorBlock, number][]).map(([block, strength]) => {
      const weights = Matrix.rowVector([...dual]).mmul(view.blocks[block]!);
      return [block, Float64Array.from(weights.to1DArray(), (w) => strength * w)];
    }),
  );
  const { constant, share } = levelWeights(view, dual);
  return centredWeights(prior, constant, share, blocks);
}

function centredWeights(
  prior: Prior,
  constant: number,
  share: number,
  blocks: ReadonlyMap<PriorBlock, Float64Array>,
): Float64Array {
  const weights = prior.onBasis(constant, share, blocks);
  const shift = weights.columns.reduce((sum, w, j) => sum + w * prior.basis.means[j], 0);
  return Float64Array.of(weights.constant + shift, ...weights.columns);
}

/** Prior covariance of the weights on [1, columns − means]. */
function priorCovariance(prior: Prior, hypothesis: Hypothesis, units: Map<PriorBlock, Matrix>): Matrix {
  const none = new Map<PriorBlock, Float64Array>();
  const level = [centredWeights(prior, 1, 0, none), centredWeights(prior, 0, 1, none)];
  const covariance = gramOf(level).mul(CONSTANT_VARIANCE);
  for (const [block, strength] of Object.entries(hypothesis) as [PriorBlock, number][]) {
    const unit =
      units.get(block) ??
      gramOf(
        prior.columnsOf.get(block)!.map((_, j, own) => {
          const weights = new Float64Array(own.length);
          weights[j] = 1;
          return centredWeights(prior, 0, 0, new Map([[block, weights]]));
        }),
      );
    units.set(block, unit);
    covariance.add(Matrix.mul(unit, strength));
  }
  return covariance;
}

/** Σ w·wᵀ */
function gramOf(vectors: readonly Float64Array[]): Matrix {
  const rows = new Matrix(vectors.map((v) => [...v]));
  return rows.transpose().mmul(rows);
}
