import { Cholesky } from '../cholesky.js';
import type { TimedNetwork } from '../kernels/timed-network.js';
import { termsOf } from './kernel-terms.js';
import { learnedParameters, type Ordinary } from './parameters.js';
import { countedRates, indexOf, type Roofline, rangesOf, timeUs } from './roofline.js';

/** Standard deviation of a network's log time that rates and trends leave unexplained. */
const MISFIT = 0.1;
const ITERATIONS = 20;
/** Largest change of a parameter in one step. */
const LONGEST_STEP = 1;

/**
 * The device's most likely rates and trends, from total times of networks alone: Levenberg-Marquardt steps on
 * the logarithms of the times, with a pseudo-Huber loss and normal priors of the parameters. Families are
 * weighted by the square root of their number of networks.
 *
 * @param networks with known `totalUs`
 */
export function fitRoofline(networks: readonly TimedNetwork[], ordinary: Ordinary): Roofline {
  const kinds = [...new Set(networks.flatMap(({ kernels }) => kernels.map(({ kind }) => kind)))].sort();
  const parameters = learnedParameters(kinds, ordinary);
  const index = indexOf({ kinds, ordinary });
  const ranges = rangesOf(networks.flatMap(({ kernels }) => kernels).map(termsOf));
  const samples = networks.map(({ kernels, totalUs = 0 }) => ({
    logUs: Math.log(totalUs),
    counted: countedRates(kernels, index, ranges),
  }));
  const weights = familyWeights(networks);
  const size = parameters.length;

  const residualsAt = (values: Float64Array, slopes?: Float64Array[]) =>
    samples.map(({ logUs, counted }, i) => {
      const slope = slopes?.[i].fill(0);
      let us = 0;
      for (const one of counted) us += one.count * timeUs(one, values, slope, one.count);
      if (slope !== undefined) for (let p = 0; p < size; p++) slope[p] /= us;
      return logUs - Math.log(us);
    });
  const lossOf = (values: Float64Array, residuals: readonly number[]) => {
    let loss = 0;
    for (const [i, residual] of residuals.entries())
      loss += weights[i] * 4 * (Math.sqrt(1 + (residual / MISFIT) ** 2 / 4) - 1);
    for (const [p, { prior, spread }] of parameters.entries()) loss += ((values[p] - prior) / spread) ** 2;
    return loss;
  };

  let values = Float64Array.from(parameters, ({ prior }) => prior);
  const slopes = samples.map(() => new Float64Array(size));
  let residuals = residualsAt(values, slopes);
  let loss = lossOf(values, residuals);
  let damping = 1e-2;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const { matrix, right } = normalEquations(parameters, values, slopes, residuals, weights);
    let improved = false;
    while (!improved && damping < 1e6) {
      const damped = matrix.slice();
      for (let p = 0; p < size; p++) damped[p * size + p] *= 1 + damping;
      const step = Cholesky.of(damped, size).solve(right);
      const next = values.map((value, p) => value + Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step[p])));
      const nextLoss = lossOf(next, residualsAt(next));
      improved = nextLoss < loss;
      if (!improved) damping *= 8;
      else {
        const isDone = loss - nextLoss < 1e-3 * loss;
        values = next;
        loss = nextLoss;
        damping = Math.max(1e-6, damping / 5);
        if (isDone) return { ordinary, kinds, ranges, values };
        residuals = residualsAt(values, slopes);
      }
    }
    if (!improved) break;
  }
  return { ordinary, kinds, ranges, values };
}

/** `[network]`, with mean 1. */
function familyWeights(networks: readonly TimedNetwork[]): number[] {
  const counts = new Map<string, number>();
  for (const { family } of networks) counts.set(family, (counts.get(family) ?? 0) + 1);
  const raw = networks.map(({ family }) => (counts.get(family) as number) ** -0.5);
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  return raw.map((weight) => weight / mean);
}

function normalEquations(
  parameters: readonly { readonly prior: number; readonly spread: number }[],
  values: Float64Array,
  slopes: readonly Float64Array[],
  residuals: readonly number[],
  weights: readonly number[],
): { matrix: Float64Array; right: Float64Array } {
  const size = parameters.length;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (const [p, { prior, spread }] of parameters.entries()) {
    matrix[p * size + p] = spread ** -2;
    right[p] = (prior - values[p]) / spread ** 2;
  }
  for (const [i, slope] of slopes.entries()) {
    const weight = weights[i] / MISFIT ** 2 / Math.sqrt(1 + (residuals[i] / MISFIT) ** 2 / 4);
    for (let p = 0; p < size; p++) {
      const scaled = weight * slope[p];
      if (scaled === 0) continue;
      right[p] += scaled * residuals[i];
      for (let q = 0; q <= p; q++) matrix[p * size + q] += scaled * slope[q];
    }
  }
  return { matrix, right };
}
