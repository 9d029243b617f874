import { type Samples, select } from '../../datasets/samples.js';
import { dealFolds, type SplitOptions } from '../../datasets/split.js';
import type { Architecture, SearchSpace } from '../../spaces/space.js';

/** Residuals of samples that were predicted by a model not fitted to them. */
export interface HeldOutResiduals {
  /** Positions of the samples in the training samples followed by the validation samples. */
  readonly positions: readonly number[];
  /** `[position]`, ln(measured / predicted), never 0. */
  readonly residuals: Float64Array;
}

export interface OutOfFoldTask {
  readonly space: SearchSpace;
  readonly train: Samples;
  readonly valid: Samples;
  /** `[validation sample]`, predicted by the model that is calibrated. */
  readonly validPredicted: Float64Array;
  /** Fewest held-out samples wanted. */
  readonly samples: number;
  readonly kind: SplitOptions['kind'];
  readonly seed: number;
  /**
   * Fits the same recipe to fewer training samples, with the same validation samples, and predicts those left
   * out.
   *
   * @returns `[held-out sample]`, in the samples' unit; undefined if interrupted
   */
  fit(train: Samples, heldOut: readonly Architecture[]): Promise<Float64Array | undefined>;
  /** Called before each additional fit, and after the last. */
  onFold?(done: number, folds: number): void;
}

/** Most parts into which the samples are divided, however small the validation part is. */
const MOST_FOLDS = 10;

/**
 * Held-out residuals for calibrating intervals. They begin with those of the validation samples. If these are
 * too few, parts of the training samples are added one after another, each predicted by a fit that has not
 * seen it (cross-conformal prediction, Vovk, arXiv:1208.0806), not even for validation: because the final
 * parameters are chosen to suit the validation samples, those samples' residuals are slightly too small.
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

/** Most additional fits that `heldOutResiduals` makes for given numbers of samples. */
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

/** Errors of single-precision arithmetic itself, and errors that make a prediction useless. */
const [LEAST_RESIDUAL, LARGEST_RESIDUAL] = [1e-6, 10];

/** ln(measured / predicted), limited, since a linear predictor may even predict negative values. */
function residual(measured: number, predicted: number): number {
  if (!(predicted > 0)) return LARGEST_RESIDUAL;
  const log = Math.log(measured / predicted);
  const size = Math.min(LARGEST_RESIDUAL, Math.max(LEAST_RESIDUAL, Math.abs(log)));
  return log < 0 ? -size : size;
}
