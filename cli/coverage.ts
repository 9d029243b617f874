import { CALIBRATION_SAMPLES } from '../src/predictors/evaluation.js';
import type { Scores } from '../src/predictors/scores.js';
import { percent } from './percent.js';

/** How far the coverage of 90 % intervals may be from 90 % before a warning is given. */
const FAR_OFF = 0.1;
/** With fewer test samples coverage scatters too much for a warning. */
const LEAST_TESTED = 50;

/**
 * The warning for 90 % intervals whose coverage of a test is far from 90 %; undefined if there is nothing to warn of.
 *
 * @param name what the intervals are of
 */
export function coverageWarning(
  name: string,
  test: Pick<Scores, 'coverage90' | 'samples'> | null | undefined,
): string | undefined {
  const covered = test?.coverage90;
  if (!test || covered === undefined || test.samples < LEAST_TESTED) return undefined;
  if (Math.abs(covered - 0.9) <= FAR_OFF) return undefined;
  return `warning: ${name}: 90 % intervals that cover ${percent(covered)} of the test are unreliable; more samples or \`train --calibration ${CALIBRATION_SAMPLES}\` may help`;
}

/** Prints that warning if there is one. */
export function warnOfCoverage(...of: Parameters<typeof coverageWarning>): void {
  const warning = coverageWarning(...of);
  if (warning !== undefined) console.error(warning);
}
