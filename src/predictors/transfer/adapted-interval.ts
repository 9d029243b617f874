import { median } from 'simple-statistics';
import { version } from '../../base/version.js';
import { tf } from '../../nn/engines/tfjs.js';
import { inferenceModel } from '../../nn/inference-model.js';
import { conformalHalfWidth } from '../intervals/conformal.js';
import { type FittedInterval, LEVEL } from '../intervals/interval.js';
import { positionIn, type Quantiles, quantilesOf } from '../intervals/quantiles.js';
import { transferKind } from '../kinds/transfer.js';
import type { Adapted } from './adapt.js';
import type { Basis } from './basis.js';
import { basisReadings } from './basis-readings.js';
import type { SharedModel } from './shared-predictor.js';
import { linearReadings } from './transferred.js';

/** A card's description of how the widths were determined. */
const METHOD =
  "conformal on ln(measured / predicted) of samples held out in turn, scaled by the posterior's deviation";

/** Half-width of a normal distribution's 90 % interval, in standard deviations. */
const NORMAL = 1.645;

/** @returns `[sample]`, |ln(measured / predicted)| */
export const logErrors = (predicted: Float64Array, measured: Float64Array): Float64Array =>
  residualsOf(predicted, measured).map(Math.abs);

/** @returns `[sample]`, ln(measured / predicted) */
const residualsOf = (predicted: Float64Array, measured: Float64Array): Float64Array =>
  measured.map((value, i) => Math.log(value / predicted[i]));

/**
 * A standard normal distribution, represented by ten values, the least number of samples for learning a
 * device. It stands for the posterior without held-out samples, which alone would be too few to distinguish
 * the shares.
 */
const POSTERIOR = [0.126, 0.385, 0.674, 1.036, 1.645].flatMap((value) => [-value, value]);

/**
 * Where measurements lie along the intervals of a device: from the samples, each predicted from others, and
 * from the posterior, which counts as ten of them.
 *
 * @param residuals `[sample]`, ln(measured / predicted), predicted from other samples
 * @param deviation `[sample]`, of the relative error, predicted from other samples
 * @param wide half-width of the intervals in deviations
 */
export function adaptedQuantiles(residuals: Float64Array, deviation: Float64Array, wide: number): Quantiles {
  const scaled = Array.from(residuals, (residual, i) => residual / deviation[i]);
  return quantilesOf([...scaled, ...POSTERIOR].map((value) => ({ position: positionIn(value, wide) })));
}

/**
 * Half-width of intervals in standard deviations: the conformal factor of the samples, each predicted from
 * others (cross-validation, see `heldOut`; scaled as in Lei et al., arXiv:1604.04173, §5.2). Ten samples
 * hardly show how large errors can be, so it is never less than the posterior's own.
 *
 * @param errors `[sample]`, |ln(measured / predicted)|, predicted from other samples
 * @param deviation `[sample]`, of the relative error, predicted from other samples
 * @returns infinite if there are too few samples for the level (fewer than 9)
 */
export function intervalFactor(errors: Float64Array, deviation: Float64Array): number {
  const scaled = errors.map((error, i) => error / deviation[i]);
  return Math.max(NORMAL, conformalHalfWidth(scaled, LEVEL));
}

/**
 * Intervals of a device learned by `adapt`, as an `interval.onnx`. Their widths follow the posterior, so they
 * are wider where neither samples nor sources determine the latency. A network that is farther out than any
 * sample was from the others counts as unfamiliar.
 *
 * @param values `[sample]`, those learned from
 * @returns undefined if there are too few samples for the level (fewer than 9)
 */
export async function adaptedInterval(
  model: SharedModel,
  basis: Basis,
  adapted: Adapted,
  values: Float64Array,
): Promise<FittedInterval | undefined> {
  const heldOut = adapted.heldOut();
  const wide = intervalFactor(logErrors(heldOut.predicted, values), heldOut.deviation);
  if (!Number.isFinite(wide)) return undefined;
  const { factor, noise } = adapted.uncertainty();
  const boundary = Math.max(...heldOut.deviation);
  const readings = basisReadings(model, basis);
  const linear = linearReadings(readings, adapted);
  const rank = factor.columns;
  // ‖[1, columns − means]·factor‖: the means are moved into the constant.
  const constant = Float32Array.from(factor.getRow(0), (value, j) =>
    basis.means.reduce((sum, mean, c) => sum - mean * factor.get(c + 1, j), value),
  );
  const spread = readings.weigh('deviation', factor.subMatrix(1, rank - 1, 0, rank - 1));
  const onnx = await inferenceModel(
    transferKind.intervalEncoding.inputs(basis.space),
    [
      ...readings.parameters,
      ...linear.parameters,
      ...spread.parameters,
      { name: 'deviation/constant', shape: [1, rank], values: constant },
    ],
    (p, x) => {
      const read = readings.read(p, x);
      const ms = linear.read(p, read);
      const parts = tf.add(spread.apply(p, read), p['deviation/constant']);
      const variance = tf.add(tf.div(tf.sum(tf.square(parts), 1), tf.square(ms)), noise);
      const deviation = tf.sqrt(variance);
      return {
        log_low: tf.mul(deviation, -wide),
        log_high: tf.mul(deviation, wide),
        unfamiliarity: tf.div(deviation, boundary),
      };
    },
    version,
  );
  const typical = wide * median(Array.from(heldOut.deviation));
  return {
    onnx,
    typical: { low: Math.exp(-typical), high: Math.exp(typical) },
    calibrationSamples: values.length,
    method: METHOD,
    quantiles: adaptedQuantiles(residualsOf(heldOut.predicted, values), heldOut.deviation, wide),
  };
}
