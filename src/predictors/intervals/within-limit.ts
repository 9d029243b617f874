import type { Metric } from '../../metrics/metric.js';
import type { UpperEnds } from './interval.js';
import type { Spread } from './interval-model.js';

/** A quantile of ln(measured / predicted). */
interface Quantile {
  readonly share: number;
  readonly log: number;
}

/** What is known of an architecture's errors, the shares rising. */
function quantilesOf(
  { level, logLow, logHigh }: Spread,
  i: number,
  upper: UpperEnds | undefined,
): Quantile[] {
  const tail = (1 - level) / 2;
  const bounds: Quantile[] = upper?.map(({ share, multiple }) => ({ share, log: logHigh[i] * multiple })) ?? [
    { share: 0.5, log: 0 },
    { share: 1 - tail, log: logHigh[i] },
  ];
  return [{ share: tail, log: logLow[i] }, ...bounds];
}

/**
 * The probability that a measurement is within a limit, at most it, or where more is better at least it: by the calibrated quantiles of ln(measured / predicted): the
 * lower end of the 90 % interval (0.05), the bounds of the upper side (0.5 to 0.95), and a straight line between two of
 * them. Beyond the outermost it is no more certain than these: 0.025 and 0.975.
 *
 * @param better of the metric that is predicted
 * @param spread of the architectures, of which `i` is asked about
 * @param upper as the card has it; of cards without it only the interval's ends are known
 * @param value the prediction, in the limit's unit
 */
export function probabilityWithin(
  spread: Spread,
  i: number,
  upper: UpperEnds | undefined,
  { value, limit, better }: { readonly value: number; readonly limit: number } & Pick<Metric, 'better'>,
): number {
  const below = shareBelow(quantilesOf(spread, i, upper), Math.log(limit / value));
  return better === 'less' ? below : 1 - below;
}

function shareBelow(known: readonly Quantile[], wanted: number): number {
  const outside = known[0].share / 2;
  const above = known.findIndex(({ log }) => log > wanted);
  if (above === 0) return outside;
  if (above < 0) return 1 - outside;
  const [a, b] = [known[above - 1], known[above]];
  return a.share + ((wanted - a.log) / (b.log - a.log)) * (b.share - a.share);
}

/**
 * ln(bound / predicted) of a bound that a share of measurements stays above, never above the prediction itself: the
 * inverse of that probability where more is better. Of cards without `upper` only the interval's end is known.
 *
 * @param share from 0.5 to 0.95
 */
export function lowerLog(spread: Spread, i: number, upper: UpperEnds | undefined, share: number): number {
  if (!upper) return spread.logLow[i];
  const [a, b] = quantilesOf(spread, i, upper);
  const between = (1 - share - a.share) / (b.share - a.share);
  return Math.min(0, a.log + between * (b.log - a.log));
}
