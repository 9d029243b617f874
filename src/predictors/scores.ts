import { mean, median } from 'simple-statistics';
import { type Static, type TNumber, type TOptional, Type } from '#typebox';
import type { Spread } from './intervals/interval-model.js';
import { kendall, spearman, within } from './metrics.js';

/** Predictions and measurements, `[architecture]`, in the metric's unit. */
interface Outcome {
  readonly predicted: Float64Array;
  readonly truth: Float64Array;
  /** The ends of the 90 % intervals, if the predictor has any. */
  readonly spread?: Spread;
}

/** A column of the table printed by `evaluate`. */
export interface ScoreColumn {
  readonly title: string;
  /** Factor for showing the score, and digits after the decimal point. */
  readonly scale: number;
  readonly digits: number;
}

/** A number that says how predictions compare with measurements. */
interface Score<Schema> {
  readonly schema: Schema;
  /** Undefined if the outcome lacks the data for it. */
  of(outcome: Outcome): number | undefined;
  readonly column?: ScoreColumn;
}

type Of = (outcome: Outcome) => number;
type OfSpread = (outcome: Required<Outcome>) => number;

const share = (title: string): ScoreColumn => ({ title, scale: 100, digits: 1 });
const rank = (title: string): ScoreColumn => ({ title, scale: 1, digits: 3 });

function score(of: Of, column?: ScoreColumn, description?: string): Score<TNumber> {
  return { schema: Type.Number(description === undefined ? {} : { description }), of, column };
}

/** A score of intervals; absent without intervals. */
function intervalScore(of: OfSpread, column: ScoreColumn, description: string): Score<TOptional<TNumber>> {
  return {
    schema: Type.Optional(Type.Number({ description })),
    of: (outcome) => (outcome.spread ? of({ ...outcome, spread: outcome.spread }) : undefined),
    column,
  };
}

const withinShare =
  (tolerance: number, of?: 'truth' | 'prediction'): Of =>
  ({ predicted, truth }) =>
    within(predicted, truth, tolerance, of);

const relativeErrors = ({ predicted, truth }: Outcome): number[] =>
  Array.from(truth, (t, i) => Math.abs(predicted[i] - t) / t);

/** All scores. Cards, the command line, jobs and comparisons over seeds use this table. */
const SCORES = {
  within1: score(withinShare(0.01), share('±1 %'), 'Share predicted within ±1 % of the truth, 0 to 1'),
  within5: score(withinShare(0.05), share('±5 %')),
  within10: score(withinShare(0.1), share('±10 %')),
  within1OfPrediction: score(
    withinShare(0.01, 'prediction'),
    undefined,
    'Share of truths within ±1 % of the prediction, as BRP-NAS counts',
  ),
  within5OfPrediction: score(withinShare(0.05, 'prediction')),
  within10OfPrediction: score(withinShare(0.1, 'prediction'), share('±10 % of prediction')),
  mape: score(
    (outcome) => mean(relativeErrors(outcome)),
    share('MAPE %'),
    'Mean absolute error relative to the truth, as a fraction',
  ),
  medianError: score(
    (outcome) => median(relativeErrors(outcome)),
    undefined,
    'Median absolute error relative to the truth, as a fraction',
  ),
  spearman: score(({ predicted, truth }) => spearman(predicted, truth), rank('Spearman')),
  kendall: score(({ predicted, truth }) => kendall(predicted, truth), rank('Kendall')),
  coverage90: intervalScore(
    (outcome) => mean(inside(outcome)),
    share('90 % covers'),
    'Share of measurements inside their 90 % interval',
  ),
  width90: intervalScore(
    ({ spread: { logLow, logHigh } }) =>
      mean(Array.from(logLow, (low, i) => Math.exp(logHigh[i]) - Math.exp(low))),
    share('width %'),
    'Mean width of the 90 % intervals, as a share of the prediction',
  ),
};
export type ScoreName = keyof typeof SCORES;

/** In the order in which they are shown. */
export const SCORE_NAMES = Object.keys(SCORES) as readonly ScoreName[];

export const SCORE_COLUMNS: readonly (ScoreColumn & { readonly name: ScoreName })[] = SCORE_NAMES.flatMap(
  (name) => {
    const { column } = SCORES[name];
    return column ? [{ name, ...column }] : [];
  },
);

type Schemas = { [Name in ScoreName]: (typeof SCORES)[Name]['schema'] };

export const Scores = Type.Object(
  {
    samples: Type.Integer({ description: 'Architectures the scores are taken over' }),
    ...(Object.fromEntries(SCORE_NAMES.map((name) => [name, SCORES[name].schema])) as Schemas),
  },
  { description: 'How predictions compare with measurements' },
);
export type Scores = Static<typeof Scores>;

/**
 * All scores of predictions against measurements.
 *
 * @param predicted `[architecture]`, in the metric's unit
 * @param truth `[architecture]`, at least two
 * @param spread of the predictor's 90 % intervals, if it has any
 */
export function scores(predicted: Float64Array, truth: Float64Array, spread?: Spread): Scores {
  const outcome = { predicted, truth, spread };
  const known = SCORE_NAMES.flatMap((name) => {
    const value = SCORES[name].of(outcome);
    return value === undefined ? [] : [[name, value]];
  });
  return { samples: truth.length, ...Object.fromEntries(known) };
}

/** `[architecture]`: 1 if the measurement is inside its interval. */
function inside({ predicted, truth, spread: { logLow, logHigh } }: Required<Outcome>): number[] {
  return Array.from(truth, (t, i) => {
    const log = Math.log(t / predicted[i]);
    return Number(logLow[i] <= log && log <= logHigh[i]);
  });
}
