// Compares predictors in a process of its own, so that the service keeps answering.
import { connectedOnly } from '../../src/datasets/samples.js';
import { type Compared, comparePredictors } from '../../src/predictors/comparison.js';
import { predictorNamed } from '../../src/predictors/registry.js';
import { spaceNamed } from '../../src/spaces/registry.js';
import { asChild, type Say } from './child-process.js';
import type { EvaluateProgress, EvaluateTask } from './evaluate-task.js';

/** Least time between two reports of epochs, ms. */
const REPORT_EVERY_MS = 200;

await asChild(compare);

async function compare(
  task: EvaluateTask,
  _folder: string,
  say: Say<EvaluateProgress>,
): Promise<readonly Compared[]> {
  const space = spaceNamed(task.space);
  const samples = connectedOnly(space, {
    architectures: task.measurements.map(({ architecture }) => space.parse(architecture)),
    metric: task.metric,
    values: Float64Array.from(task.measurements, ({ value }) => value),
  });
  const { deadOperations, protocol, epochs, threads } = task;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return comparePredictors({
    kinds: task.predictors.map(predictorNamed),
    space,
    deadOperations,
    samples,
    protocol,
    options: { epochs, threads },
    hooks: {
      known: (predictor, seed) => task.trials.find((t) => t.predictor === predictor && t.seed === seed),
      onTrial: (trial) => say({ trial }),
      onEpoch(predictor, seed, { epoch, epochs }) {
        if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
        reportedAt = performance.now();
        void say({ predictor, seed, epoch, epochs });
      },
    },
  });
}
