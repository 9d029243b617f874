// Compares predictors in a process of its own, so that the service goes on answering: the argument is the job's folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectedOnly } from '../../src/datasets/samples.js';
import { type Compared, comparePredictors } from '../../src/predictors/comparison.js';
import { predictorNamed } from '../../src/predictors/index.js';
import { spaceNamed } from '../../src/spaces/index.js';
import { asChild, type Say } from './child-process.js';
import { type EvaluateProgress, type EvaluateTask, TASK_FILE } from './evaluate-task.js';

/** Least time between two reports of epochs, ms. */
const REPORT_EVERY_MS = 200;

const [folder] = process.argv.slice(2);
await asChild(folder, compare);

async function compare(say: Say<EvaluateProgress>): Promise<readonly Compared[]> {
  const task = JSON.parse(await readFile(join(folder, TASK_FILE), 'utf8')) as EvaluateTask;
  const space = spaceNamed(task.space);
  const samples = connectedOnly(space, {
    architectures: task.measurements.map(({ architecture }) => space.parse(architecture)),
    latencyMs: Float64Array.from(task.measurements, ({ latencyMs }) => latencyMs),
  });
  const { deadOperations, protocol, epochs, threads } = task;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return comparePredictors(
    task.predictors.map(predictorNamed),
    space,
    deadOperations,
    samples,
    protocol,
    { epochs, threads },
    {
      known: (predictor, seed) => task.trials.find((t) => t.predictor === predictor && t.seed === seed),
      onTrial: (trial) => say({ trial }),
      onEpoch(predictor, seed, { epoch, epochs }) {
        if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
        reportedAt = performance.now();
        void say({ predictor, seed, epoch, epochs });
      },
    },
  );
}
