import { type Static, Type } from '#typebox';
import type { Metric } from '../../metrics/metric.js';
import type { Spread } from './interval-model.js';
import { type KeptQuantiles, probabilityWithin } from './within-limit.js';

/** For each predicted probability of being within a limit, how often measurements were. */
export const Calibration = Type.Array(Type.Object({ predicted: Type.Number(), observed: Type.Number() }), {
  description:
    'Of the test measurements: the share within the limits that they were within with a predicted probability, 0.05 to 0.95',
});
export type Calibration = Static<typeof Calibration>;

/** The centres of ten bins. */
const PREDICTED = Array.from({ length: 10 }, (_, bin) => (2 * bin + 1) / 20);
/** Fewest measurements for which shares mean anything. */
const LEAST_TESTED = 20;

/**
 * How often measurements are within limits, for each of ten probabilities: for each network, the limit is
 * chosen such that a measurement is within it with that predicted probability. If the probabilities are
 * calibrated, the observed shares are equal to them (Kuleshov et al., Accurate Uncertainties for Deep
 * Learning Using Calibrated Regression, ICML 2018, section 3).
 *
 * @param predicted `[network]`, like `truth` in the metric's unit
 * @param spread of the networks
 * @param kept where measurements lie along the intervals
 * @returns undefined for fewer than 20 networks
 */
export function calibrationOf(
  {
    predicted,
    truth,
    better,
  }: { readonly predicted: Float64Array; readonly truth: Float64Array } & Pick<Metric, 'better'>,
  spread: Spread,
  kept: KeptQuantiles | undefined,
): Calibration | undefined {
  // A measurement is within a limit exactly if the limit's probability is at least that of the measurement
  // itself.
  const own = Array.from(truth, (limit, i) =>
    probabilityWithin(spread, i, kept, { value: predicted[i], limit, better }),
  );
  return sharesWithin(own);
}

/**
 * @param own `[measurement]`: the predicted probability of being within the measurement itself
 * @returns undefined for fewer than 20
 */
export function sharesWithin(own: readonly number[]): Calibration | undefined {
  if (own.length < LEAST_TESTED) return undefined;
  return PREDICTED.map((share) => ({
    predicted: share,
    observed: own.filter((probability) => probability <= share).length / own.length,
  }));
}
