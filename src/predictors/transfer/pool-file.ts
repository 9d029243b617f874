import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import writeFileAtomic from 'write-file-atomic';
import type { TrainingHooks } from '../../nn/training.js';
import type { SearchSpace } from '../../spaces/space.js';
import type { SourceDevice } from './pool.js';
import { sharedNetwork } from './shared-network.js';
import { type PoolOptions, poolKey, type SharedModel, trainPool } from './shared-predictor.js';

/** A trained pool as it is kept; the key says of which samples, options and seed. */
type KeptPool = Pick<SharedModel, 'theta' | 'logMeans' | 'logStd' | 'options'> & { key: string };

/**
 * The multi-device network of a pool: read from the file if that holds this pool's, else trained, and kept there.
 * A training that is killed goes on where it was.
 */
export async function keptPool(
  file: string,
  space: SearchSpace,
  sources: readonly SourceDevice[],
  seed: number,
  options: Partial<PoolOptions> = {},
  hooks: TrainingHooks = {},
): Promise<SharedModel> {
  const key = poolKey(space, sources, seed, options);
  const kept = await readPool(file);
  if (kept?.key === key) {
    const network = sharedNetwork(space.graph, sources.length, kept.logStd, 1, kept.options);
    return { ...kept, space, sources, network };
  }
  const model = await trainPool(space, sources, seed, options, {
    checkpoint: `${file}.checkpoint`,
    ...hooks,
  });
  const { theta, logMeans, logStd } = model;
  const keep: KeptPool = { key, theta, logMeans, logStd, options: model.options };
  await writeFileAtomic(file, serialize(keep));
  return model;
}

/** What the file holds; nothing if it isn't there or can't be read. */
async function readPool(file: string): Promise<KeptPool | undefined> {
  try {
    return deserialize(await readFile(file)) as KeptPool;
  } catch {
    return undefined;
  }
}
