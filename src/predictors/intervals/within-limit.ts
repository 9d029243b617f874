import type { Metric } from '../../metrics/metric.js';
import type { Spread } from './interval-model.js';
import type { Quantiles } from './quantiles.js';

/** What a card says of where measurements lie along its intervals. */
export interface KeptQuantiles {
  readonly quantiles?: Quantiles;
  /** Of cards before `quantiles`: multiples of the upper end's logarithm, of shares from 0.5. */
  readonly upper?: readonly { readonly share: number; readonly multiple: number }[];
}

/** A quantile of ln(measured / predicted). */
interface Quantile {
  readonly share: number;
  readonly log: number;
}

/** What is known of an architecture's errors, the shares rising. */
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
 * The probability that a measurement is within a limit, at most it, or where more is better at least it: by the
 * calibrated quantiles of ln(measured / predicted), and a straight line between two of them. Beyond the outermost, 0.05
 * and 0.95, it is no more certain than these: 0.025 and 0.975.
 *
 * @param spread of the architectures, of which `i` is asked about
 * @param kept as the card has it; where it has nothing only the interval's ends are known
 * @param asked the prediction, the limit in its unit, and which side of it is better
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
 * The inverse: ln(limit / predicted) of the limit that a measurement is within with a probability. Never on the good
 * side of the prediction itself; the interval's end where a card knows nothing else.
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
