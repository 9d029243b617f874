import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { LATENCY, sameMetric } from '../../metrics/metric.js';
import type { FitTask, FittedModel, PredictorKind } from '../predictor.js';
import { keep, readKept } from './kept-file.js';

/**
 * The fits of a run that takes several, so that a killed run can be resumed: the current fit from its
 * checkpoint, earlier ones from files beside the checkpoint, which are kept until the run is done.
 */
export class KeptFits {
  private readonly files: string[] = [];

  /** @param checkpoint file of the current fit; without one, nothing is kept */
  constructor(private readonly checkpoint: string | undefined) {}

  /** Fits, or returns the result of the same fit from before. */
  async fit(kind: PredictorKind, task: FitTask): Promise<FittedModel> {
    const { checkpoint } = this;
    if (checkpoint === undefined) return kind.fit(task);
    const file = `${checkpoint}-${this.files.length}`;
    this.files.push(file);
    const key = keyOf(kind, task);
    const kept = await readKept<FittedModel>(file, key);
    if (kept) return kept;
    const model = await kind.fit({ ...task, hooks: { ...task.hooks, checkpoint } });
    if (!task.hooks?.signal?.aborted) await keep(file, key, model);
    return model;
  }

  /** Deletes the kept fits. */
  async clear(): Promise<void> {
    await Promise.all(this.files.map((file) => rm(file, { force: true })));
  }
}

/** Identifies everything that determines a fit, which the number of threads does not. */
function keyOf(kind: PredictorKind, { space, deadOperations, train, valid, seed, options }: FitTask): string {
  const hash = createHash('sha256').update(
    JSON.stringify([
      kind.name,
      kind.description,
      space.name,
      deadOperations,
      seed,
      ...(sameMetric(train.metric, LATENCY) ? [] : [train.metric.name, train.metric.unit]),
      { ...options, threads: undefined },
    ]),
  );
  for (const { architectures, values } of [train, valid]) {
    for (const architecture of architectures) hash.update(architecture);
    hash.update(values);
  }
  return hash.digest('hex');
}
