import { type Samples, select } from '../../datasets/samples.js';
import { dealFolds, type SplitOptions } from '../../datasets/split.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** Residuals of samples that the model that predicted them had not been fitted to. */
export interface HeldOutResiduals {
  /** Positions of the samples among those of training followed by those of validation. */
  readonly positions: readonly number[];
  /** `[position]`, ln(measured / predicted), never 0. */
  readonly residuals: Float64Array;
}

export interface OutOfFoldTask {
  readonly space: SearchSpace;
  readonly train: Samples;
  readonly valid: Samples;
  /** `[validation sample]`, by the model that is calibrated. */
  readonly validPredicted: Float64Array;
  /** As many held-out samples are wanted at least. */
  readonly samples: number;
  readonly kind: SplitOptions['kind'];
  readonly seed: number;
  /**
   * Fits the same recipe to fewer training samples, with the same validation, and predicts those left out.
   * @returns `[held-out sample]`, in the samples' unit; undefined when interrupted
   */
  fit(train: Samples, heldOut: readonly Architecture[]): Promise<Float64Array | undefined>;
  /** Told before each further fit, and after the last. */
  onFold?(done: number, folds: number): void;
}

/** Most parts in which the samples are cut, however small the validation part is. */
const MOST_FOLDS = 10;

/**
 * Held-out residuals to calibrate intervals with. The validation samples are the first; where they are too few, parts
 * of the training samples follow in turn, each predicted by a fit that has not seen it (cross-conformal prediction, Vovk,
 * arXiv:1208.0806). They are not validated on either: the parameters that are kept are chosen to suit validation
 * samples, whose residuals are therefore a little small.
 */
export async function heldOutResiduals(task: OutOfFoldTask): Promise<HeldOutResiduals> {
  const { space, train, valid, validPredicted, samples, kind, seed } = task;
  const trained = train.values.length;
  const positions = Array.from(valid.values, (_, i) => trained + i);
  const residuals = Array.from(valid.values, (value, i) => residual(value, validPredicted[i]));
  const size = foldSize(trained, valid.values.length);
  const folds = dealFolds(space, train.architectures, { kind, size, seed });
  const wanted = Math.min(folds.length, Math.ceil((samples - positions.length) / size));
  for (let f = 0; f < wanted; f++) {
    task.onFold?.(f, wanted);
    const held = select(train, folds[f]);
    const rest = select(
      train,
      folds.flatMap((fold, other) => (other === f ? [] : fold)),
    );
    const predicted = await task.fit(rest, held.architectures);
    if (!predicted) break;
    positions.push(...folds[f]);
    held.values.forEach((value, i) => {
      residuals.push(residual(value, predicted[i]));
    });
    task.onFold?.(f + 1, wanted);
  }
  return { positions, residuals: Float64Array.from(residuals) };
}

const foldSize = (train: number, valid: number) => Math.max(valid, Math.ceil((train + valid) / MOST_FOLDS));

/** Further fits that `heldOutResiduals` makes at most, of numbers of samples. */
export function furtherFits({
  train,
  valid,
  samples,
}: {
  train: number;
  valid: number;
  samples: number;
}): number {
  const size = foldSize(train, valid);
  return Math.max(0, Math.min(Math.ceil(train / size), Math.ceil((samples - valid) / size)));
}

/** Errors that single-precision arithmetic makes by itself, and errors beyond all use. */
const [LEAST_RESIDUAL, LARGEST_RESIDUAL] = [1e-6, 10];

/** ln(measured / predicted); what a linear predictor says may even be negative. */
function residual(measured: number, predicted: number): number {
  if (!(predicted > 0)) return LARGEST_RESIDUAL;
  const log = Math.log(measured / predicted);
  const size = Math.min(LARGEST_RESIDUAL, Math.max(LEAST_RESIDUAL, Math.abs(log)));
  return log < 0 ? -size : size;
}
