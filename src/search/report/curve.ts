import { type MeanAndStd, meanAndStd } from '../../predictors/metrics.js';
import { isKnown, isTrained, merit, type Trial } from '../trial.js';

/**
 * The best accuracy (or reward) among the results of earlier runs and the first n trained networks, n = 1, 2,
 * …, in the order of the trials rather than of their ends, so that it does not depend on their speed.
 */
export function bestSoFar(trials: readonly Trial[]): number[] {
  let best = Number.NEGATIVE_INFINITY;
  return trials.filter(isTrained).flatMap(({ outcome, round }) => {
    best = Math.max(best, merit(outcome));
    return isKnown({ round }) ? [] : [best];
  });
}

/**
 * The accuracy of the network that would be chosen by another score, for example the validation accuracy
 * after few epochs.
 *
 * @param selection the score of a candidate; more is better
 */
export function selectedSoFar(trials: readonly Trial[], selection: (candidate: number) => number): number[] {
  let [most, accuracy] = [Number.NEGATIVE_INFINITY, Number.NaN];
  return trials.filter(isTrained).map(({ candidate, outcome }) => {
    const seen = selection(candidate);
    if (seen > most) [most, accuracy] = [seen, outcome.accuracy];
    return accuracy;
  });
}

/** Mean and standard deviation over runs, after a number of trained networks. */
export interface CurvePoint {
  readonly trained: number;
  readonly best: MeanAndStd;
}

/** Several runs' curves as one, as long as the shortest. */
export function meanCurve(curves: readonly (readonly number[])[]): CurvePoint[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) => ({
    trained: i + 1,
    best: meanAndStd(curves.map((curve) => curve[i])),
  }));
}
