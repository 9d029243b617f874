// Trains one predictor in a process of its own, so that the service goes on answering. Says how it goes over IPC, and
// ends with the process that began it.
import { join } from 'node:path';
import { mean } from 'simple-statistics';
import { connectedOnly, type LatencySamples, select } from '../../src/datasets/samples.js';
import { splitSamples } from '../../src/datasets/split.js';
import { InputError } from '../../src/errors.js';
import { predictorNamed } from '../../src/predictors/index.js';
import { loadPredictor } from '../../src/predictors/saved.js';
import { trainPredictor } from '../../src/predictors/train.js';
import { spaceNamed } from '../../src/spaces/index.js';
import { SPLIT } from '../measurements/held-out.js';
import type { HeldOut } from '../store/versions.js';
import { asChild, type Say } from './child-process.js';
import { CHECKPOINT_FILE, type TrainProgress, type TrainTask } from './train-task.js';

/** Least time between two reports, ms. */
const REPORT_EVERY_MS = 200;

await asChild(train);

async function train(task: TrainTask, folder: string, say: Say<TrainProgress>): Promise<HeldOut> {
  const space = spaceNamed(task.space);
  const samples: LatencySamples = {
    architectures: task.measurements.map(({ architecture }) => space.parse(architecture)),
    latencyMs: Float64Array.from(task.measurements, ({ latencyMs }) => latencyMs),
  };
  const connected = connectedOnly(space, samples);
  const { train, test } = splitSamples(space, connected.architectures, SPLIT);
  if (train.length < 2) {
    throw new InputError(
      `of ${connected.latencyMs.length} measured networks only ${train.length} can be trained with`,
    );
  }
  let reportedAt = Number.NEGATIVE_INFINITY;
  const { trial } = await trainPredictor(join(folder, task.out), {
    ...task,
    space,
    samples,
    kind: predictorNamed(task.predictor),
    split: SPLIT,
    options: { epochs: task.epochs, threads: task.threads },
    hooks: {
      checkpoint: join(folder, CHECKPOINT_FILE),
      checkpointEveryMs: task.checkpointEveryMs,
      onEpoch({ epoch, epochs, loss, validWithin10 }) {
        if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
        reportedAt = performance.now();
        void say({ epoch, epochs, loss, validWithin10: Number.isNaN(validWithin10) ? null : validWithin10 });
      },
      onFold(done, fits) {
        void say({ calibration: { done, fits } });
      },
    },
  });
  const heldOut = select(connected, test);
  return {
    samples: test.length,
    error: meanLogError(trial.predictedMs, heldOut.latencyMs),
    incumbent: await incumbentOn(heldOut, task.incumbent),
  };
}

/** How the predictor that serves does on the same measurements; one that can't be loaded serves nobody. */
async function incumbentOn(
  heldOut: LatencySamples,
  incumbent: TrainTask['incumbent'],
): Promise<HeldOut['incumbent']> {
  if (!incumbent) return null;
  const predictor = await loadPredictor(incumbent.folder, { threads: 1 }).catch(() => undefined);
  if (!predictor) return null;
  const predictedMs = await predictor.predict(heldOut.architectures);
  await predictor.release();
  return { version: incumbent.version, error: meanLogError(predictedMs, heldOut.latencyMs) };
}

/** Mean of |ln(measured / predicted)|, null for fewer than two; what is not above 0 counts as 1 µs. */
function meanLogError(predictedMs: Float64Array, measuredMs: Float64Array): number | null {
  if (measuredMs.length < 2) return null;
  return mean(Array.from(measuredMs, (t, i) => Math.abs(Math.log(t / Math.max(predictedMs[i], 0.001)))));
}
