import { meanAndStd, plusMinus } from '../src/predictors/metrics.js';

/** Mean and standard deviation, as over seeds: `96.3 ± 0.2`. @param scale 100 for shares in percent */
export function spread(values: readonly number[], digits: number, scale = 1): string {
  return plusMinus(meanAndStd(values), digits, scale);
}

/** A share in percent, for columns that say so: `96.3`. */
export function percentText(share: number): string {
  return (100 * share).toFixed(1);
}
