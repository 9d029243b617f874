import { meanAndStd, plusMinus } from '../src/predictors/metrics.js';

/** Mean ± std over seeds, `96.3 ± 0.2`; a single value has no deviation. @param scale 100 for shares in percent */
export function meanStdText(values: readonly number[], digits: number, scale = 1): string {
  if (values.length === 1) return (scale * values[0]).toFixed(digits);
  return plusMinus(meanAndStd(values), digits, scale);
}

/** A share in percent, for columns that say so: `96.3`. */
export function percentText(share: number): string {
  return (100 * share).toFixed(1);
}
