import { InputError } from '../base/errors.js';
import { type Samples, select } from '../datasets/samples.js';
import { type SplitOptions, splitSamples } from '../datasets/split.js';
import { asExecuted } from '../spaces/executed.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';
import { type FittedInterval, fitInterval, LEVEL } from './intervals/interval.js';
import { IntervalModel, type Spread } from './intervals/interval-model.js';
import { KeptFits } from './intervals/kept-fits.js';
import { type HeldOutResiduals, heldOutResiduals } from './intervals/out-of-fold.js';
import { fittedAnalyticKind } from './kinds/analytic-kind.js';
import type { FitHooks, FitOptions, FittedModel, PredictorKind } from './predictor.js';
import { OnnxPredictor } from './saved/saved.js';
import { type Scores, scores } from './scores.js';

/** One device's samples, divided in three. */
export interface SplitSamples {
  readonly train: Samples;
  readonly valid: Samples;
  readonly test: Samples;
}

/** Divides samples as `splitSamples` does. */
export function cut(space: SearchSpace, samples: Samples, options: SplitOptions): SplitSamples {
  const { train, valid, test } = splitSamples(space, samples.architectures, options);
  return { train: select(samples, train), valid: select(samples, valid), test: select(samples, test) };
}

/** A fitted model with its scores, and the time that fitting took. */
export interface EvaluatedModel {
  readonly model: FittedModel;
  /** Undefined if too few samples were held out for calibration. */
  readonly interval: FittedInterval | undefined;
  readonly valid: Scores | null;
  readonly test: Scores | null;
  /** `[test sample]`, in the samples' unit. */
  readonly predicted: Float64Array;
  /** Spread of the test samples. */
  readonly spread: Spread | undefined;
  readonly trainSeconds: number;
  /** Duration of the additional fits for calibrating intervals. */
  readonly calibrationSeconds: number;
}

/** Hooks of a trial: those of its fit, and one for the additional fits that calibrate its intervals. */
export type EvaluationHooks = FitHooks & { onFold?(done: number, folds: number): void };

/** How many held-out samples to calibrate intervals with, and how to choose them. */
export interface CalibrationOptions {
  /**
   * Validation samples are topped up to this number by additional fits that leave out training samples; 0 for
   * none. With n samples, the true coverage of the intervals scatters by √(0.09 / n) between predictors.
   */
  readonly samples: number;
  readonly kind: SplitOptions['kind'];
}

/** With this many, a device's coverage is rarely off by more than two percentage points. */
export const CALIBRATION_SAMPLES = 1000;

/** A predictor to fit, and the samples to fit it to. */
export interface TrialTask {
  readonly kind: PredictorKind;
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  readonly split: SplitSamples;
  readonly seed: number;
  /** By default the kind's own. */
  readonly options?: FitOptions;
  readonly hooks?: EvaluationHooks;
  /** By default there are no additional fits. */
  readonly calibration?: CalibrationOptions;
}

/**
 * Fits a predictor kind to a split, calibrates its intervals, and scores it on the parts that it was not
 * fitted to.
 *
 * @throws InputError if the training diverged
 */
export async function runTrial(task: TrialTask): Promise<EvaluatedModel> {
  const { kind, space, deadOperations, split, seed, options = {}, hooks } = task;
  const { calibration = { samples: 0, kind: 'random' } } = task;
  const { train, valid, test } = split;
  const executed = (samples: Samples): Samples => ({
    ...samples,
    architectures: asExecuted(space, deadOperations, samples.architectures),
  });
  const fits = new KeptFits(hooks?.checkpoint);
  const fit = (samples: Pick<SplitSamples, 'train' | 'valid'>, fitHooks: FitHooks | undefined) =>
    fits.fit(kind, {
      space,
      deadOperations,
      train: executed(samples.train),
      valid: executed(samples.valid),
      seed,
      options,
      hooks: fitHooks,
    });
  const started = performance.now();
  const model = await fit(split, hooks);
  const trainSeconds = (performance.now() - started) / 1000;
  const [validPredicted, predicted] = await predictWith(model, kind, space, deadOperations, [
    valid.architectures,
    test.architectures,
  ]);
  assertFinite(kind, [...validPredicted, ...predicted]);

  const heldOut = await heldOutResiduals({
    space,
    train,
    valid,
    validPredicted,
    ...calibration,
    seed,
    async fit(foldTrain, left) {
      if (hooks?.signal?.aborted) return undefined;
      const { signal, checkpointEveryMs } = hooks ?? {};
      const fold = await fit({ train: foldTrain, valid }, { signal, checkpointEveryMs });
      if (hooks?.signal?.aborted) return undefined;
      return (await predictWith(fold, kind, space, deadOperations, [left]))[0];
    },
    onFold: hooks?.onFold,
  });
  await fits.clear();
  const { interval, spread } = await calibrated(space, deadOperations, split, heldOut);
  const scored = (of: Float64Array, { values }: Samples, within?: Spread): Scores | null =>
    values.length < 2 ? null : scores(of, values, within);
  return {
    model,
    interval,
    valid: scored(validPredicted, valid),
    test: scored(predicted, test, spread),
    predicted,
    spread,
    trainSeconds,
    calibrationSeconds: (performance.now() - started) / 1000 - trainSeconds,
  };
}

function assertFinite({ name }: PredictorKind, predicted: readonly number[]): void {
  const failed = predicted.filter((value) => !Number.isFinite(value)).length;
  if (failed === 0) return;
  throw new InputError(
    `${name} predicts no number for ${failed} of ${predicted.length} networks: its training diverged; try a smaller learning rate`,
  );
}

/** @returns `[part][sample]`, in the samples' unit */
async function predictWith(
  model: FittedModel,
  kind: PredictorKind,
  space: SearchSpace,
  deadOperations: DeadOperations,
  parts: readonly (readonly Architecture[])[],
): Promise<Float64Array[]> {
  const fitted = model.prior ? fittedAnalyticKind(model.prior) : kind;
  const predictor = await OnnxPredictor.create(model.onnx, fitted, space, deadOperations);
  try {
    const predicted: Float64Array[] = [];
    for (const architectures of parts) predicted.push(await predictor.predict(architectures));
    return predicted;
  } finally {
    await predictor.release();
  }
}

/** Intervals fitted to held-out residuals, and their spread on the test samples. */
async function calibrated(
  space: SearchSpace,
  deadOperations: DeadOperations,
  { train, valid, test }: SplitSamples,
  heldOut: HeldOutResiduals,
): Promise<{ interval: FittedInterval | undefined; spread: Spread | undefined }> {
  const known = asExecuted(space, deadOperations, [...train.architectures, ...valid.architectures]);
  const interval = await fitInterval(space, known, heldOut);
  if (!interval) return { interval, spread: undefined };
  const model = await IntervalModel.create(interval.onnx, space, deadOperations, LEVEL);
  try {
    return { interval, spread: await model.spread(test.architectures) };
  } finally {
    await model.release();
  }
}
