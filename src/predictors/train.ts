import { version } from '../base/version.js';
import type { DatasetCard } from '../datasets/card.js';
import type { ColumnReading } from '../datasets/column-reading.js';
import { connectedOnly, type Samples } from '../datasets/samples.js';
import type { SplitOptions } from '../datasets/split.js';
import { tfjsVersion } from '../nn/engines/tfjs.js';
import type { DeclaredSpace } from '../spaces/declared/declared-space.js';
import { spaces } from '../spaces/registry.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';
import { coverageOf } from './coverage.js';
import {
  CALIBRATION_SAMPLES,
  cut,
  type EvaluatedModel,
  type EvaluationHooks,
  runTrial,
} from './evaluation.js';
import { type Calibration, calibrationOf } from './intervals/calibration.js';
import { type FittedInterval, LEVEL } from './intervals/interval.js';
import type { FitOptions, FittedModel, PredictorKind, SavedKind } from './predictor.js';
import { type ModelCard, targetFields } from './saved/card.js';
import { modelVersion, savePredictor } from './saved/saved.js';

/** Where a predictor's data comes from, for its card. */
export interface DataSource {
  readonly name: string;
  readonly source: string;
  readonly licence: string;
  readonly sha256: string;
  /** What the columns of its file were read as. */
  readonly columns?: ColumnReading[];
}

/** The facts about a device besides its name. */
export type DeviceFacts = Pick<DatasetCard['devices'][number], 'description' | 'batchSize' | 'precision'>;

export interface PredictorTask {
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  readonly device: string;
  readonly facts: DeviceFacts;
  readonly samples: Samples;
  readonly data: DataSource;
  readonly kind: PredictorKind;
  readonly split: SplitOptions;
  readonly options: FitOptions;
  readonly hooks?: EvaluationHooks;
  /** Number of held-out samples for calibrating intervals; see `CalibrationOptions`. */
  readonly calibrationSamples?: number;
}

/**
 * Trains a predictor on one device's samples, scores it on the held-out samples, and writes its folder.
 *
 * @throws InputError if there are too few samples for the split, or the training diverged
 */
export async function trainPredictor(
  folder: string,
  task: PredictorTask,
): Promise<{ card: ModelCard; trial: EvaluatedModel }> {
  const { space, deadOperations, kind, split, calibrationSamples = CALIBRATION_SAMPLES } = task;
  const samples = connectedOnly(space, task.samples);
  const parts = cut(space, samples, split);
  const { seed } = split;
  const trial = await runTrial({
    kind,
    space,
    deadOperations,
    split: parts,
    seed,
    options: task.options,
    hooks: task.hooks,
    calibration: { samples: calibrationSamples, kind: split.kind === 'random' ? 'random' : 'by-class' },
  });
  const sizes = {
    train: parts.train.values.length,
    valid: parts.valid.values.length,
    test: parts.test.values.length,
  };
  const { spread, predicted, interval } = trial;
  const { better } = samples.metric;
  const calibration =
    spread && calibrationOf({ predicted, truth: parts.test.values, better }, spread, interval);
  const card = modelCard(
    { ...task, samples },
    trial.model,
    {
      sizes,
      learned: [...parts.train.architectures, ...parts.valid.architectures],
      split: { kind: split.kind, seed },
      seed,
    },
    { valid: trial.valid, test: trial.test },
    interval && { ...interval, calibration },
  );
  await savePredictor(folder, trial.model.onnx, card, interval?.onnx);
  return { card, trial };
}

/** The card of a fitted model: what it predicts, how it was made, and its scores. */
export function modelCard(
  task: Pick<PredictorTask, 'space' | 'deadOperations' | 'device' | 'facts' | 'samples' | 'data'> & {
    readonly kind: SavedKind;
  },
  { onnx, options, scaling, prior }: FittedModel,
  made: {
    readonly sizes: Pick<ModelCard['data'], 'train' | 'valid' | 'test'>;
    /** Architectures used for training and validation. */
    readonly learned: readonly Architecture[];
    readonly split: ModelCard['split'];
    readonly seed: number;
  },
  scores: ModelCard['scores'],
  interval?: FittedInterval & { readonly calibration?: Calibration },
): ModelCard {
  const { batchSize, precision, description } = task.facts;
  return {
    format: 'tempograph-model/1',
    device: task.device,
    description,
    space: task.space.name,
    ...spaceFileOf(task.space),
    deadOperations: task.deadOperations,
    predictor: task.kind.name,
    version: modelVersion(onnx),
    ...targetFields({
      metric: task.samples.metric,
      batchSize,
      precision,
      percentiles: percentiles(task.samples.values),
    }),
    data: { ...task.data, ...made.sizes },
    coverage: coverageOf(task.space, made.learned),
    split: made.split,
    seed: made.seed,
    options,
    interval: interval && {
      level: LEVEL,
      typical: interval.typical,
      calibrationSamples: interval.calibrationSamples,
      quantiles: interval.quantiles && [...interval.quantiles],
      calibration: interval.calibration,
      method: interval.method,
      version: modelVersion(interval.onnx),
    },
    targetScaling: scaling,
    scores,
    prior,
    versions: { tempograph: version, node: process.versions.node, tfjs: tfjsVersion },
    createdAt: new Date().toISOString(),
  };
}

/** The file of a space that does not ship with the package. */
function spaceFileOf(space: SearchSpace): Pick<ModelCard, 'spaceFile'> {
  return 'file' in space && !spaces.includes(space) ? { spaceFile: (space as DeclaredSpace).file } : {};
}

/** Percentiles 0, 1, … 100. */
function percentiles(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  return Array.from({ length: 101 }, (_, p) => sorted[Math.round((p / 100) * (sorted.length - 1))]);
}
