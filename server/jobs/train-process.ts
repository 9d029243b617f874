// Trains one predictor in a process of its own, so that the service keeps answering. Reports over IPC, and ends with its
// parent process.
import { join } from 'node:path';
import { mean } from 'simple-statistics';
import { InputError } from '../../src/base/errors.js';
import { connectedOnly, type Samples, select } from '../../src/datasets/samples.js';
import { splitSamples } from '../../src/datasets/split.js';
import type { Metric } from '../../src/metrics/metric.js';
import type { TrainingHooks, TrainingProgress } from '../../src/nn/training.js';
import { transferKind } from '../../src/predictors/kinds/transfer.js';
import { predictorNamed } from '../../src/predictors/registry.js';
import { loadPredictor } from '../../src/predictors/saved/saved.js';
import { trainPredictor } from '../../src/predictors/train.js';
import { sourceDevice } from '../../src/predictors/transfer/pool.js';
import { Transfer } from '../../src/predictors/transfer/transfer.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import type { SearchSpace } from '../../src/spaces/space.js';
import { SPLIT } from '../measurements/held-out.js';
import type { MeasuredArchitecture } from '../store/measurements.js';
import type { HeldOutComparison } from '../store/versions.js';
import { asChild, type Say } from './child-process.js';
import { CHECKPOINT_FILE, type TrainProgress, type TrainTask } from './train-task.js';

/** Least time between two reports, ms. */
const REPORT_EVERY_MS = 200;

await asChild(train);

async function train(task: TrainTask, folder: string, say: Say<TrainProgress>): Promise<HeldOutComparison> {
  const space = spaceNamed(task.space);
  const connected = connectedOnly(space, samplesOf(space, task.metric, task.measurements));
  const parts = splitSamples(space, connected.architectures, SPLIT);
  if (parts.train.length < 2) {
    throw new InputError(
      `only ${parts.train.length} of ${connected.values.length} measured networks can be used for training`,
    );
  }
  const out = join(folder, task.out);
  const hooks = hooksOf(task, folder, say);
  if (task.predictor === transferKind.name) {
    // There is no early stopping, so the validation part is used for training too.
    const learned = [...parts.train, ...parts.valid];
    await trainByTransfer(out, task, { space, samples: connected, train: learned }, hooks);
  } else {
    await trainPredictor(out, {
      ...task,
      space,
      samples: connected,
      kind: predictorNamed(task.predictor),
      split: SPLIT,
      options: { epochs: task.epochs, threads: task.threads },
      hooks,
    });
  }
  const heldOut = select(connected, parts.test);
  return {
    samples: parts.test.length,
    error: meanLogError(await predictedBy(out, space, heldOut), heldOut.values),
    incumbent: await incumbentOn(space, heldOut, task.incumbent),
  };
}

/** Trains a network on the other devices, then the device from it. */
async function trainByTransfer(
  out: string,
  { device, facts, data, deadOperations, epochs, threads, metric, sources }: TrainTask,
  { space, samples, train }: { space: SearchSpace; samples: Samples; train: readonly number[] },
  hooks: TrainingHooks,
): Promise<void> {
  const { seed } = SPLIT;
  const known = sources.flatMap((s) => {
    const measured = connectedOnly(space, samplesOf(space, metric, s.measurements));
    const few = measured.values.length < 2;
    return few ? [] : [sourceDevice(space, s.device, s.deadOperations, measured)];
  });
  if (known.length === 0) throw new InputError('no other device has connected networks to learn from');
  const options = { threads, ...(epochs === undefined ? {} : { epochs }) };
  const transfer = await Transfer.open({ space, sources: known, deadOperations, seed, options, hooks });
  try {
    await transfer.learn(out, { device, facts, data, samples, train, seed });
  } finally {
    await transfer.release();
  }
}

function samplesOf(
  space: SearchSpace,
  metric: Metric,
  measurements: readonly MeasuredArchitecture[],
): Samples {
  return {
    architectures: measurements.map(({ architecture }) => space.parse(architecture)),
    metric,
    values: Float64Array.from(measurements, ({ value }) => value),
  };
}

/** Keeps a checkpoint in the job's folder, and reports progress. */
function hooksOf({ checkpointEveryMs }: TrainTask, folder: string, say: Say<TrainProgress>) {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return {
    checkpoint: join(folder, CHECKPOINT_FILE),
    checkpointEveryMs,
    onEpoch({
      epoch,
      epochs,
      loss,
      validWithin10 = Number.NaN,
    }: TrainingProgress & { validWithin10?: number }) {
      if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
      reportedAt = performance.now();
      void say({ epoch, epochs, loss, validWithin10: Number.isNaN(validWithin10) ? null : validWithin10 });
    },
    onFold(done: number, fits: number) {
      void say({ calibration: { done, fits } });
    },
  };
}

/** Scores the serving predictor on the same measurements; one that cannot be loaded does not serve. */
async function incumbentOn(
  space: SearchSpace,
  heldOut: Samples,
  incumbent: TrainTask['incumbent'],
): Promise<HeldOutComparison['incumbent']> {
  if (!incumbent) return null;
  const predicted = await predictedBy(incumbent.folder, space, heldOut).catch(() => undefined);
  return predicted ? { version: incumbent.version, error: meanLogError(predicted, heldOut.values) } : null;
}

/** @returns `[sample]`, predictions of the predictor in a folder, in the metric's unit */
async function predictedBy(
  folder: string,
  space: SearchSpace,
  { architectures }: Samples,
): Promise<Float64Array> {
  const predictor = await loadPredictor(folder, { threads: 1 });
  try {
    // A declared space may have had other options when the predictor was trained.
    const own = architectures.map((architecture) => predictor.space.parse(space.format(architecture)));
    return await predictor.predict(own);
  } finally {
    await predictor.release();
  }
}

/** Mean of |ln(measured / predicted)|, null for fewer than two; predictions not above 0 count as a thousandth of the least. */
function meanLogError(predicted: Float64Array, measured: Float64Array): number | null {
  if (measured.length < 2) return null;
  const least = Math.min(...measured) / 1000;
  return mean(Array.from(measured, (value, i) => Math.abs(Math.log(value / Math.max(predicted[i], least)))));
}
