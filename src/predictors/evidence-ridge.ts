import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Candidate variances of a weight, and of what the weights cannot explain. */
const WEIGHT_VARIANCES = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1, 10];
const NOISE_VARIANCES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

export interface EvidenceRidge {
  /** `[feature]` */
  readonly weights: Float64Array;
  readonly weightVariance: number;
  readonly noiseVariance: number;
}

/**
 * Linear regression whose weights are normally distributed around zero (Bishop, Pattern Recognition and
 * Machine Learning, section 3.5). The variances of weights and noise are those that make the targets most
 * probable, so no samples are held back to choose them. With few samples, the weights stay near zero.
 *
 * @param x `[sample][feature]`
 * @param y `[sample]`
 */
export function evidenceRidge(x: Matrix, y: readonly number[]): EvidenceRidge {
  const [samples, features] = [x.rows, x.columns];
  const gram = x.transpose().mmul(x);
  const moment = x.transpose().mmul(Matrix.columnVector([...y]));
  const squares = y.reduce((sum, value) => sum + value * value, 0);
  let best: (EvidenceRidge & { evidence: number }) | undefined;
  for (const weightVariance of WEIGHT_VARIANCES) {
    for (const noiseVariance of NOISE_VARIANCES) {
      // With ratio r of the variances, the posterior precision times the noise is XᵀX + I/r.
      const precision = gram.clone();
      const shrinkage = noiseVariance / weightVariance;
      for (let i = 0; i < features; i++) precision.set(i, i, gram.get(i, i) + shrinkage);
      const cholesky = new CholeskyDecomposition(precision);
      const weights = cholesky.solve(moment);
      const fit = (squares - moment.dot(weights)) / noiseVariance;
      let logDeterminant =
        (samples - features) * Math.log(noiseVariance) + features * Math.log(weightVariance);
      const triangle = cholesky.lowerTriangularMatrix;
      for (let i = 0; i < features; i++) logDeterminant += 2 * Math.log(triangle.get(i, i));
      const evidence = -0.5 * (fit + logDeterminant);
      if (best === undefined || evidence > best.evidence) {
        best = { evidence, weights: Float64Array.from(weights.to1DArray()), weightVariance, noiseVariance };
      }
    }
  }
  return best!;
}
