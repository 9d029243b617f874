import type { TrainingHooks } from '../../nn/training.js';
import type { SearchSpace } from '../../spaces/space.js';
import { keep, readKept } from '../intervals/kept-file.js';
import type { SourceDevice } from './pool.js';
import { sharedNetwork } from './shared-network.js';
import { poolKey, type SharedModel, type SharedTrainingOptions, trainPool } from './shared-predictor.js';

/** A trained pool as stored. */
type KeptPool = Pick<SharedModel, 'theta' | 'logMeans' | 'logStd' | 'options'>;

/**
 * The multi-device network of a pool: read from the file if it belongs to this pool, otherwise trained and
 * stored there. A killed training is resumed.
 */
export async function keptPool(
  file: string,
  space: SearchSpace,
  sources: readonly SourceDevice[],
  seed: number,
  options: Partial<SharedTrainingOptions> = {},
  hooks: TrainingHooks = {},
): Promise<SharedModel> {
  const key = poolKey(space, sources, seed, options);
  const kept = await readKept<KeptPool>(file, key);
  if (kept) {
    const network = sharedNetwork(space.graph, sources.length, kept.logStd, 1, kept.options);
    return { ...kept, space, sources, network };
  }
  const model = await trainPool(space, sources, seed, options, {
    checkpoint: `${file}.checkpoint`,
    ...hooks,
  });
  const { theta, logMeans, logStd } = model;
  const made: KeptPool = { theta, logMeans, logStd, options: model.options };
  await keep(file, key, made);
  return model;
}
