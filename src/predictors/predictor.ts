import type { Samples } from '../datasets/samples.js';
import type { TrainingHooks, TrainingOptions, TrainingProgress } from '../nn/training.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';
import type { Encoding } from './encodings/encoding.js';
import type { TargetScaling } from './encodings/target.js';
import type { Spread } from './intervals/interval-model.js';
import type { AnalyticPrior } from './saved/card.js';

/** What a predictor is fitted to. */
export interface FitTask {
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  /** Architectures as they were executed: pruned where the dataset was. */
  readonly train: Samples;
  readonly valid: Samples;
  readonly seed: number;
  readonly options: FitOptions;
  readonly hooks?: FitHooks;
}

/** What a user sees and steers while a predictor is fitted. */
export type FitHooks = Omit<TrainingHooks, 'onEpoch'> & {
  onEpoch?(progress: FitProgress): void;
};

/** Share of validation predictions within ±10 %; NaN without validation data. */
export type FitProgress = TrainingProgress & { readonly validWithin10: number };

/** Options a user may set; each kind of predictor documents its defaults and takes what concerns it. */
export type FitOptions = Partial<
  Omit<TrainingOptions, 'seed'> & { hidden: number; layers: number; members: number }
>;

/** A fitted predictor as it is saved. */
export interface FittedModel {
  /** Bytes of `model.onnx`: the kind's inputs with a dynamic batch, one output `[batch]`, `latency_ms` or what else was learned. */
  readonly onnx: Uint8Array;
  /** All options with their defaults filled in. */
  readonly options: Record<string, unknown>;
  readonly scaling: TargetScaling;
  /** The analytic device that the model corrects, if it does. */
  readonly prior?: AnalyticPrior;
}

/** What there is to know of a kind of predictor when a saved one is used. */
export type SavedKind = Pick<PredictorKind, 'name' | 'description' | 'encoding'> & {
  /** How its `interval.onnx` sees architectures; as the choices made, if absent. */
  readonly intervalEncoding?: Encoding;
};

/** A kind of predictor: how it sees architectures, and how it learns. One file per kind. */
export interface PredictorKind {
  readonly name: string;
  /** One sentence for help texts and tables. */
  readonly description: string;
  readonly encoding: Encoding;
  fit(task: FitTask): Promise<FittedModel>;
}

/** A fitted predictor, in memory or loaded from its folder. */
export interface Predictor {
  /** @returns `[architecture]`, in the unit of what it was fitted to. */
  predict(architectures: readonly Architecture[]): Promise<Float64Array>;
  /** How wide the predictions' intervals are, for predictors that have them. */
  readonly spread?: (architectures: readonly Architecture[]) => Promise<Spread>;
}
