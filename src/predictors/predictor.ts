import type { Samples } from '../datasets/samples.js';
import type { TrainingHooks, TrainingOptions, TrainingProgress } from '../nn/training.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';
import type { Encoding } from './encodings/encoding.js';
import type { TargetScaling } from './encodings/target.js';
import type { Spread } from './intervals/interval-model.js';
import type { AnalyticPrior } from './saved/card.js';

/** What to fit a predictor to. */
export interface FitTask {
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  /** Architectures as executed: pruned, if the dataset's device prunes. */
  readonly train: Samples;
  readonly valid: Samples;
  readonly seed: number;
  readonly options: FitOptions;
  readonly hooks?: FitHooks;
}

/** Hooks for following and controlling the fit of a predictor. */
export type FitHooks = Omit<TrainingHooks, 'onEpoch'> & {
  onEpoch?(progress: FitProgress): void;
};

/** Share of validation predictions within ±10 %; NaN without validation data. */
export type FitProgress = TrainingProgress & { readonly validWithin10: number };

/** Options for users. Each kind of predictor documents its defaults, and uses those that concern it. */
export type FitOptions = Partial<
  Omit<TrainingOptions, 'seed'> & { hidden: number; layers: number; members: number }
>;

/** A fitted predictor in the form in which it is saved. */
export interface FittedModel {
  /**
   * Bytes of `model.onnx`: the kind's inputs with a dynamic batch, and one output `[batch]`, named
   * `latency_ms` or after whatever else was learned.
   */
  readonly onnx: Uint8Array;
  /** All options including defaults. */
  readonly options: Record<string, unknown>;
  readonly scaling: TargetScaling;
  /** The analytic device that the model corrects, if it does. */
  readonly prior?: AnalyticPrior;
}

/** The facts about a predictor kind that using a saved predictor needs. */
export type SavedKind = Pick<PredictorKind, 'name' | 'description' | 'encoding'> & {
  /** How its `interval.onnx` sees architectures; as one-hot choices if absent. */
  readonly intervalEncoding?: Encoding;
};

/** A kind of predictor: how it sees architectures, and how it learns. There is one file per kind. */
export interface PredictorKind {
  readonly name: string;
  /** One sentence, for help texts and tables. */
  readonly description: string;
  readonly encoding: Encoding;
  fit(task: FitTask): Promise<FittedModel>;
}

/** A fitted predictor, in memory or loaded from its folder. */
export interface Predictor {
  /**
   * Predicts the metric for architectures.
   *
   * @returns `[architecture]`, in the unit of the samples that it was fitted to
   */
  predict(architectures: readonly Architecture[]): Promise<Float64Array>;
  /** Widths of the predictions' intervals, for predictors that have them. */
  readonly spread?: (architectures: readonly Architecture[]) => Promise<Spread>;
}
