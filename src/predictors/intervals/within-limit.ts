import type { UpperEnds } from './interval.js';
import type { Spread } from './interval-model.js';

/** A quantile of ln(measured / predicted). */
interface Quantile {
  readonly share: number;
  readonly log: number;
}

/**
 * The probability that a measurement is within a limit, by the calibrated quantiles of ln(measured / predicted): the
 * lower end of the 90 % interval (0.05), the bounds of the upper side (0.5 to 0.95), and a straight line between two of
 * them. Beyond the outermost it is no more certain than these: 0.025 and 0.975.
 *
 * @param spread of the architectures, of which `i` is asked about
 * @param upper as the card has it; of cards without it only the interval's ends are known
 * @param value the prediction, in the limit's unit
 */
export function probabilityWithin(
  { level, logLow, logHigh }: Spread,
  i: number,
  upper: UpperEnds | undefined,
  value: number,
  limit: number,
): number {
  const tail = (1 - level) / 2;
  const bounds: Quantile[] = upper?.map(({ share, multiple }) => ({ share, log: logHigh[i] * multiple })) ?? [
    { share: 0.5, log: 0 },
    { share: 1 - tail, log: logHigh[i] },
  ];
  const known = [{ share: tail, log: logLow[i] }, ...bounds];
  const wanted = Math.log(limit / value);
  const above = known.findIndex(({ log }) => log > wanted);
  if (above === 0) return tail / 2;
  if (above < 0) return 1 - tail / 2;
  const [a, b] = [known[above - 1], known[above]];
  return a.share + ((wanted - a.log) / (b.log - a.log)) * (b.share - a.share);
}
