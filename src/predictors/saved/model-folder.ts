import { join } from 'node:path';
import { folderEntries } from '../../base/folder-entries.js';
import { packageRoot } from '../../base/package-root.js';
import { holdsKernels } from '../kernels/saved.js';
import type { ModelCard } from './card.js';
import { holdsEmulator, readModelCard } from './saved.js';

/** The predictors that ship with this package. */
export const shippedModels: string = join(packageRoot, 'models');

/** One predictor of a folder of predictors: its card, or why it cannot be read. */
export type FolderEntry =
  | { readonly folder: string; readonly card: ModelCard }
  | { readonly folder: string; readonly problem: string };

/**
 * Reads the cards of all predictors in a folder, sorted by device.
 *
 * @throws the system's error if there is such a folder, but it cannot be read
 */
export async function listModels(models: string): Promise<FolderEntry[]> {
  const entries = (await folderEntries(models))
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith('.') &&
        !holdsKernels(join(models, entry.name)) &&
        !holdsEmulator(join(models, entry.name)),
    )
    .map(async ({ name }): Promise<FolderEntry> => {
      const folder = join(models, name);
      try {
        return { folder, card: await readModelCard(folder) };
      } catch (error) {
        return { folder, problem: (error as Error).message };
      }
    });
  return (await Promise.all(entries)).sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

function nameOf(entry: FolderEntry): string {
  return 'card' in entry ? entry.card.device : entry.folder;
}
