import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Type } from '#typebox';
import { readJsonFile } from '../../base/json-file.js';
import { shippedModels } from './model-folder.js';

/** The part of `models/manifest.json` that lists what ships. */
const Listed = Type.Object({
  models: Type.Array(Type.Object({ device: Type.String(), folder: Type.Optional(Type.String()) })),
});

/**
 * Whether a predictor's folder is one that came with this package, and not one that was trained into the same
 * place.
 */
export async function isShipped(folder: string): Promise<boolean> {
  const manifest = join(shippedModels, 'manifest.json');
  if (dirname(resolve(folder)) !== shippedModels || !existsSync(manifest)) return false;
  const { models } = await readJsonFile(Listed, manifest);
  return models.some(({ device, folder: own = device }) => own === basename(folder));
}
