import { type LatencySamples, select } from '../datasets/samples.js';
import { type SplitOptions, splitSamples } from '../datasets/split.js';
import type { Architecture, DeadOperations, SearchSpace } from '../spaces/space.js';
import { fittedAnalyticKind } from './analytic-kind.js';
import type { Scores } from './card.js';
import { scores } from './metrics.js';
import type { FitOptions, FitTask, FittedModel, PredictorKind } from './predictor.js';
import { OnnxPredictor } from './saved.js';

/** One device's samples, cut in three. */
export interface SplitSamples {
  readonly train: LatencySamples;
  readonly valid: LatencySamples;
  readonly test: LatencySamples;
}

/** Cuts samples as `splitSamples` does. */
export function cut(space: SearchSpace, samples: LatencySamples, options: SplitOptions): SplitSamples {
  const { train, valid, test } = splitSamples(space, samples.architectures, options);
  return { train: select(samples, train), valid: select(samples, valid), test: select(samples, test) };
}

/** A fitted model with what it scored, and how long fitting took. */
export interface Trial {
  readonly model: FittedModel;
  readonly valid: Scores | null;
  readonly test: Scores | null;
  /** `[test sample]`, ms. */
  readonly predictedMs: Float64Array;
  readonly trainSeconds: number;
}

/** Fits one kind of predictor on a split and scores it on the parts it was not fitted to. */
export async function runTrial(
  kind: PredictorKind,
  space: SearchSpace,
  deadOperations: DeadOperations,
  split: SplitSamples,
  seed: number,
  options: FitOptions,
  hooks?: FitTask['hooks'],
): Promise<Trial> {
  const executed = ({ architectures, latencyMs }: LatencySamples): LatencySamples => ({
    architectures: asExecuted(space, deadOperations, architectures),
    latencyMs,
  });
  const started = performance.now();
  const model = await kind.fit({
    space,
    deadOperations,
    train: executed(split.train),
    valid: executed(split.valid),
    seed,
    options,
    hooks,
  });
  const trainSeconds = (performance.now() - started) / 1000;
  const fitted = model.prior ? fittedAnalyticKind(model.prior) : kind;
  const predictor = await OnnxPredictor.create(model.onnx, fitted, space, deadOperations);
  try {
    const predictedMs = await predictor.predict(split.test.architectures);
    const validMs = await predictor.predict(split.valid.architectures);
    return {
      model,
      valid: scored(validMs, split.valid),
      test: scored(predictedMs, split.test),
      predictedMs,
      trainSeconds,
    };
  } finally {
    await predictor.release();
  }
}

function asExecuted(
  space: SearchSpace,
  deadOperations: DeadOperations,
  architectures: readonly Architecture[],
): readonly Architecture[] {
  return deadOperations === 'pruned' ? architectures.map((a) => space.prune(a)) : architectures;
}

/** Scores need at least two samples to rank. */
function scored(predictedMs: Float64Array, { latencyMs }: LatencySamples): Scores | null {
  return latencyMs.length < 2 ? null : scores(predictedMs, latencyMs);
}
