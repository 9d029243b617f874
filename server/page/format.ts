const significant = new Intl.NumberFormat('en', { minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A value with four significant digits, so a column of values has one precision. */
export function formatFigure(value: number): string {
  return value >= 10_000 ? whole.format(value) : significant.format(value);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A count: in full, or with a power of ten, 9.8 × 10²⁰. */
export function formatCount(count: number): string {
  if (count < 1e9) return whole.format(count);
  const [figures, power] = count.toExponential(1).split('e+');
  return `${figures} × 10${[...power].map((digit) => SUPERSCRIPTS[Number(digit)]).join('')}`;
}

/** A share between 0 and 1 in percent, with one decimal. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Share of a device's data above a value, 0 to 1. @param percentiles of the data at 0, 1, … 100 % */
export function shareAbove(percentiles: readonly number[], value: number): number {
  const last = percentiles.length - 1;
  const above = percentiles.findIndex((each) => each > value);
  if (above === -1) return 0;
  if (above === 0) return 1;
  const [low, high] = [percentiles[above - 1], percentiles[above]];
  return 1 - (above - 1 + (value - low) / (high - low)) / last;
}

/** How a value is better than others: `Faster than`, `Less energy than`, `More throughput than`. */
export function betterThan({ name, better }: { readonly name: string; readonly better: string }): string {
  if (name === 'latency') return 'Faster than';
  return `${better === 'less' ? 'Less' : 'More'} ${name} than`;
}

/** The share of a device's data that a value is better than. */
export function shareWorse(
  {
    metric,
    percentiles,
  }: { readonly metric: { readonly better: string }; readonly percentiles: readonly number[] },
  value: number,
): number {
  const above = shareAbove(percentiles, value);
  return metric.better === 'less' ? above : 1 - above;
}

/** A time in the reader's locale. */
export function when(time: string): string {
  return new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}

/** A duration in words. */
export function duration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A text with its first letter capitalised. */
export const capitalized = (text: string): string => `${text[0].toUpperCase()}${text.slice(1)}`;
