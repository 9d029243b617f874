import { CALIBRATION_SAMPLES } from '../src/predictors/evaluation.js';
import type { Scores } from '../src/predictors/scores.js';
import { percent } from './percent.js';

/** How far from 90 % the coverage of 90 % intervals may be without a warning. */
const FAR_OFF = 0.1;
/** Test samples below which coverage scatters too much to be warned of. */
const LEAST_TESTED = 50;

/**
 * The warning that belongs to 90 % intervals that cover far more or less of a test than 90 %; undefined where none does.
 *
 * @param name what they are intervals of
 */
export function coverageWarning(
  name: string,
  test: Pick<Scores, 'coverage90' | 'samples'> | null | undefined,
): string | undefined {
  const covered = test?.coverage90;
  if (!test || covered === undefined || test.samples < LEAST_TESTED) return undefined;
  if (Math.abs(covered - 0.9) <= FAR_OFF) return undefined;
  return `warning: ${name}: 90 % intervals that cover ${percent(covered)} of the test are not to be relied on; more samples may help, and \`train --calibration ${CALIBRATION_SAMPLES}\``;
}

/** Prints that warning where it belongs. */
export function warnOfCoverage(...of: Parameters<typeof coverageWarning>): void {
  const warning = coverageWarning(...of);
  if (warning !== undefined) console.error(warning);
}
