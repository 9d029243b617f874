import type { Metric } from '../../metrics/metric.js';
import type { Spread } from './interval-model.js';
import type { Quantiles } from './quantiles.js';

/** A card's facts about where measurements lie along its intervals. */
export interface KeptQuantiles {
  readonly quantiles?: Quantiles;
  /** For cards before `quantiles`: multiples of the upper end's logarithm, for shares from 0.5. */
  readonly upper?: readonly { readonly share: number; readonly multiple: number }[];
}

/** A quantile of ln(measured / predicted). */
interface Quantile {
  readonly share: number;
  readonly log: number;
}

/** The known quantiles of an architecture's errors, in ascending order. */
function errorsOf({ level, logLow, logHigh }: Spread, i: number, kept?: KeptQuantiles): Quantile[] {
  const [low, high] = [logLow[i], logHigh[i]];
  if (kept?.quantiles) {
    return kept.quantiles.map(({ share, position }) => ({ share, log: low + position * (high - low) }));
  }
  const tail = (1 - level) / 2;
  const bounds: Quantile[] = kept?.upper?.map(({ share, multiple }) => ({ share, log: high * multiple })) ?? [
    { share: 0.5, log: 0 },
    { share: 1 - tail, log: high },
  ];
  return [{ share: tail, log: low }, ...bounds];
}

/**
 * The probability that a measurement is within a limit: at most the limit, or at least if more is better. It
 * is interpolated linearly between the calibrated quantiles of ln(measured / predicted). Beyond the
 * outermost, 0.05 and 0.95, it is 0.025 or 0.975.
 *
 * @param spread of architectures, of which `i` is asked about
 * @param kept quantiles from the card; without them, only the interval's ends are used
 * @param asked the prediction, the limit in the same unit, and which side of it is better
 */
export function probabilityWithin(
  spread: Spread,
  i: number,
  kept: KeptQuantiles | undefined,
  { value, limit, better }: { readonly value: number; readonly limit: number } & Pick<Metric, 'better'>,
): number {
  const below = shareBelow(errorsOf(spread, i, kept), Math.log(limit / value));
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
 * The inverse: ln(limit / predicted) for the limit that a measurement is within with a given probability. It
 * is never on the good side of the prediction itself, and is the interval's end if the card has nothing else.
 *
 * @param wanted the probability, from 0.5 to 0.95, and which side of a limit is better
 */
export function limitLog(
  spread: Spread,
  i: number,
  kept: KeptQuantiles | undefined,
  { probability, better }: { readonly probability: number } & Pick<Metric, 'better'>,
): number {
  const isLess = better === 'less';
  if (!kept?.quantiles && !kept?.upper) return isLess ? spread.logHigh[i] : spread.logLow[i];
  const known = errorsOf(spread, i, kept);
  return isLess ? Math.max(0, logAt(known, probability)) : Math.min(0, logAt(known, 1 - probability));
}

function logAt(known: readonly Quantile[], share: number): number {
  const after = known.findIndex((quantile) => quantile.share >= share);
  if (after <= 0) return known.at(after)!.log;
  const [a, b] = [known[after - 1], known[after]];
  return a.log + ((share - a.share) / (b.share - a.share)) * (b.log - a.log);
}
