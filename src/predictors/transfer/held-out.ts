import type { Hypothesis } from './prior.js';

/** Predictions for each sample from other samples. Samples held out together do not inform each other. */
export interface HeldOutPredictions {
  /** `[sample]`, in the metric's unit. */
  readonly predicted: Float64Array;
  /** `[sample]`: standard deviation of a measurement relative to `predicted`. */
  readonly deviation: Float64Array;
}

interface Model {
  readonly hypothesis: Hypothesis;
  readonly noise: number;
  /** `[sample, sample]`, without the noise, row by row. */
  readonly covariances: Float64Array;
}

interface Fit {
  /** `[sample]`: (K + N)⁻¹·residual. */
  readonly dual: Float64Array;
  /** `[sample, sample]`: (K + N)⁻¹, row by row. */
  readonly inverse: Float64Array;
  readonly evidence: number;
}

/** Number of parts into which samples are divided; up to ten samples are held out one by one. */
const FOLDS = 10;

/**
 * Holds out a tenth of the samples at a time, and refits every model to the others, including its outlier
 * weights and its evidence (the residuals of CV+; Barber et al., arXiv:1905.02928). The closed form for
 * leaving one sample out would keep choices made with all samples: a sample would then influence its own
 * prediction, and for nearly exact measurements errors would be underestimated by up to a fifth.
 *
 * @param latency `[sample]`: measured, in units of the scale
 * @param mean `[sample]`: expected before any sample
 * @param models with `variance`, `[sample]`: noise variance of a measurement
 * @param fit fits a model to latencies, given their expected values
 * @returns `[sample]` each, in units of the scale
 */
export function heldOut<M extends Model & { readonly variance: Float64Array }>(
  latency: Float64Array,
  mean: Float64Array,
  models: readonly M[],
  fit: (model: Model, latency: Float64Array, mean: Float64Array) => Fit,
): { mean: Float64Array; deviation: Float64Array } {
  const samples = latency.length;
  const folds = Math.min(FOLDS, samples);
  const predicted = new Float64Array(samples);
  const deviation = new Float64Array(samples);
  for (let fold = 0; fold < folds; fold++) {
    const kept = [...latency.keys()].filter((i) => i % folds !== fold);
    const only = (values: Float64Array) => Float64Array.from(kept, (i) => values[i]);
    const [measured, expected] = [only(latency), only(mean)];
    const fits = models.map(({ hypothesis, noise, covariances }) => {
      const rows = kept.flatMap((i) => kept.map((j) => covariances[i * samples + j]));
      return fit({ hypothesis, noise, covariances: Float64Array.from(rows) }, measured, expected);
    });
    const most = Math.max(...fits.map(({ evidence }) => evidence));
    const likelihoods = fits.map(({ evidence }) => Math.exp(evidence - most));
    const total = likelihoods.reduce((sum, l) => sum + l, 0);
    for (let i = fold; i < samples; i += folds) {
      const own = fits.map(({ dual, inverse }, m) => {
        const { covariances, variance } = models[m];
        const cross = only(covariances.subarray(i * samples, (i + 1) * samples));
        let told = 0;
        let known = 0;
        for (let a = 0; a < kept.length; a++) {
          told += cross[a] * dual[a];
          for (let b = 0; b < kept.length; b++) known += cross[a] * inverse[a * kept.length + b] * cross[b];
        }
        return { mean: mean[i] + told, variance: covariances[i * samples + i] - known + variance[i] };
      });
      const over = (of: (m: number) => number) =>
        own.reduce((sum, _, m) => sum + (likelihoods[m] / total) * of(m), 0);
      predicted[i] = over((m) => own[m].mean);
      deviation[i] = Math.sqrt(over((m) => own[m].variance + (own[m].mean - predicted[i]) ** 2));
    }
  }
  return { mean: predicted, deviation };
}
