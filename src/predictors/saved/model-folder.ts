import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { folderEntries } from '../../base/folder-entries.js';
import { packageRoot } from '../../base/package-root.js';
import { holdsKernels } from '../kernels/kernels-folder.js';
import type { ModelCard } from './card.js';
import { holdsEmulator, readModelCard } from './saved.js';

/** The predictors that ship with this package. */
export const shippedModels: string = join(packageRoot, 'models');

/** A predictor of a folder of predictors, and its card. */
export interface ReadableEntry {
  readonly folder: string;
  readonly card: ModelCard;
}

/** One predictor of a folder of predictors: its card, or why it cannot be read. */
export type FolderEntry = ReadableEntry | { readonly folder: string; readonly problem: string };

/**
 * Reads the cards of all predictors in a folder, sorted by device.
 *
 * @throws the system's error if there is such a folder, but it cannot be read
 */
export async function listModels(models: string): Promise<FolderEntry[]> {
  const folders = (await folderEntries(models)).filter((entry) => mayHoldPredictor(models, entry));
  const entries = folders.map(({ name }) => readEntry(join(models, name)));
  return (await Promise.all(entries)).sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/**
 * The card of the predictor of a device whose folder is named as the device is, as most are: no other card is read for it.
 * Undefined if there is none; a device may also have predictors in folders of other names.
 *
 * @throws the system's error as `listModels`
 */
export async function modelInFolderNamed(models: string, device: string): Promise<ReadableEntry | undefined> {
  const named = (await folderEntries(models)).find(({ name }) => name === device);
  if (!named || !mayHoldPredictor(models, named)) return undefined;
  const entry = await readEntry(join(models, device));
  return 'card' in entry && entry.card.device === device ? entry : undefined;
}

function mayHoldPredictor(models: string, entry: Dirent): boolean {
  const folder = join(models, entry.name);
  return (
    entry.isDirectory() && !entry.name.startsWith('.') && !holdsKernels(folder) && !holdsEmulator(folder)
  );
}

async function readEntry(folder: string): Promise<FolderEntry> {
  try {
    return { folder, card: await readModelCard(folder) };
  } catch (error) {
    return { folder, problem: (error as Error).message };
  }
}

function nameOf(entry: FolderEntry): string {
  return 'card' in entry ? entry.card.device : entry.folder;
}
