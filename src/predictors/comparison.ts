import { InputError } from '../base/errors.js';
import type { Samples } from '../datasets/samples.js';
import type { DeadOperations, SearchSpace } from '../spaces/space.js';
import { cut, runTrial } from './evaluation.js';
import { type MeanAndStd, meanAndStd } from './metrics.js';
import type { FitOptions, FitProgress, PredictorKind } from './predictor.js';
import { SCORE_NAMES, type ScoreName, type Scores } from './scores.js';

/** Fewest test samples for which there are scores. */
const LEAST_TESTED = 2;

/** How to compare predictors: all of them on the same splits, one split per seed. */
export interface ComparisonProtocol {
  /** Number of samples. */
  readonly train: number;
  readonly valid: number;
  /** Number of repetitions, with consecutive seeds. */
  readonly seeds: number;
  readonly seed: number;
  readonly split: 'random' | 'by-class';
  /** Fewest held-out samples for calibrating intervals; 0 uses only the validation samples. */
  readonly calibration: number;
}

/**
 * Fills in the missing parts of a protocol for a number of networks: 900 for training and 100 for validation,
 * or proportionally less below 1,250.
 */
export function protocolFor(
  networks: number,
  {
    train = Math.min(900, Math.floor(0.72 * networks)),
    valid = Math.min(100, Math.floor(0.08 * networks)),
    seeds = 3,
    seed = 1,
    split = 'random',
    calibration = 0,
  }: Partial<ComparisonProtocol>,
): ComparisonProtocol {
  return { train, valid, seeds, seed, split, calibration };
}

/** The scores of one predictor on one split. */
export interface ComparedTrial {
  readonly predictor: string;
  readonly seed: number;
  readonly scores: Scores;
  readonly trainSeconds: number;
}

/**
 * A predictor's scores over the seeds, without scores that do not apply, such as the coverage of a predictor
 * without intervals.
 */
export type Compared = {
  readonly predictor: string;
  readonly testSamples: number;
  readonly trainSeconds: MeanAndStd;
} & { readonly [score in ScoreName]?: MeanAndStd };

export interface ComparisonHooks {
  /** Returns a trial known from before, which is then not run again. */
  known?(predictor: string, seed: number): ComparedTrial | undefined;
  onEpoch?(predictor: string, seed: number, progress: FitProgress): void;
  /** @param predicted predictions for the test samples, and their measurements */
  onTrial?(
    trial: ComparedTrial,
    predicted: { readonly predicted: Float64Array; readonly measured: Float64Array },
  ): void | Promise<void>;
}

/** Which predictors to compare, and on what. */
export interface ComparisonTask {
  readonly kinds: readonly PredictorKind[];
  readonly space: SearchSpace;
  readonly deadOperations: DeadOperations;
  readonly samples: Samples;
  readonly protocol: ComparisonProtocol;
  /** By default the kinds' own. */
  readonly options?: FitOptions;
  readonly hooks?: ComparisonHooks;
}

/**
 * Trains several predictors on the same splits and scores them on the same held-out measurements.
 *
 * @throws InputError if there are too few samples for the protocol
 */
export async function comparePredictors(task: ComparisonTask): Promise<Compared[]> {
  const { kinds, space, deadOperations, samples, options, hooks = {} } = task;
  const { train, valid, seeds, seed: first, split, calibration } = task.protocol;
  const compared: Compared[] = [];
  for (const kind of kinds) {
    const trials: ComparedTrial[] = [];
    for (let seed = first; seed < first + seeds; seed++) {
      const known = hooks.known?.(kind.name, seed);
      if (known) {
        trials.push(known);
        continue;
      }
      const parts = cut(space, samples, { kind: split, train, valid, seed });
      const { length: tested } = parts.test.values;
      if (tested < LEAST_TESTED) {
        throw new InputError(
          `${samples.values.length} samples leave ${tested} to test on after ${train} for training and ${valid} for validation; ${LEAST_TESTED} are needed`,
        );
      }
      const onEpoch = (progress: FitProgress) => hooks.onEpoch?.(kind.name, seed, progress);
      const run = await runTrial({
        kind,
        space,
        deadOperations,
        split: parts,
        seed,
        options,
        hooks: { onEpoch },
        calibration: { samples: calibration, kind: split },
      });
      const { test, trainSeconds, predicted } = run;
      const trial = { predictor: kind.name, seed, scores: test!, trainSeconds };
      trials.push(trial);
      await hooks.onTrial?.(trial, { predicted, measured: parts.test.values });
    }
    compared.push(summary(kind.name, trials));
  }
  return compared;
}

function summary(predictor: string, trials: readonly ComparedTrial[]): Compared {
  const known = SCORE_NAMES.filter((name) => trials.every(({ scores }) => scores[name] !== undefined));
  return {
    predictor,
    testSamples: trials[0].scores.samples,
    trainSeconds: meanAndStd(trials.map(({ trainSeconds }) => trainSeconds)),
    ...Object.fromEntries(known.map((name) => [name, meanAndStd(trials.map((t) => t.scores[name]!))])),
  };
}
