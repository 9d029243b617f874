import { type MeanAndStd, meanAndStd } from '../../predictors/metrics.js';
import { isKnown, isTrained, merit, type Trial } from '../trial.js';

/**
 * The best accuracy, or reward, among what earlier runs knew and the first n trained networks, n = 1, 2, …: in the order of the trials, not of their
 * ends, so that it does not depend on who was faster.
 */
export function bestSoFar(trials: readonly Trial[]): number[] {
  let best = Number.NEGATIVE_INFINITY;
  return trials.filter(isTrained).flatMap(({ outcome, round }) => {
    best = Math.max(best, merit(outcome));
    return isKnown({ round }) ? [] : [best];
  });
}

/**
 * The accuracy of the network that somebody would choose who sees another score only, for example a validation
 * accuracy after few epochs.
 *
 * @param selection what is seen of a candidate, more being better
 */
export function selectedSoFar(trials: readonly Trial[], selection: (candidate: number) => number): number[] {
  let [most, accuracy] = [Number.NEGATIVE_INFINITY, Number.NaN];
  return trials.filter(isTrained).map(({ candidate, outcome }) => {
    const seen = selection(candidate);
    if (seen > most) [most, accuracy] = [seen, outcome.accuracy];
    return accuracy;
  });
}

/** Mean and spread over runs after a number of trained networks. */
export interface CurvePoint {
  readonly trained: number;
  readonly best: MeanAndStd;
}

/** Curves of several runs as one; as long as the shortest. */
export function meanCurve(curves: readonly (readonly number[])[]): CurvePoint[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) => ({
    trained: i + 1,
    best: meanAndStd(curves.map((curve) => curve[i])),
  }));
}
