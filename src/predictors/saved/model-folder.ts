import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { folderEntries } from '../../base/folder-entries.js';
import { packageRoot } from '../../base/package-root.js';
import { holdsKernels } from '../kernels/kernels-folder.js';
import type { ModelCard } from './card.js';
import { holdsEmulator, readModelCard } from './saved.js';

/** The predictors that ship with this package. */
export const shippedModels: string = join(packageRoot, 'models');

/** A predictor in a folder of predictors, with its card. */
export interface ReadableEntry {
  readonly folder: string;
  readonly card: ModelCard;
}

/** An entry of a folder of predictors: its card, or why it cannot be read. */
export type FolderEntry = ReadableEntry | { readonly folder: string; readonly problem: string };

/**
 * Reads the cards of all predictors in a folder, sorted by device.
 *
 * @returns nothing if there is no such folder
 * @throws the system's error if the folder exists, but cannot be read
 */
export async function listModels(models: string): Promise<FolderEntry[]> {
  const folders = (await folderEntries(models)).filter((entry) => mayHoldPredictor(models, entry));
  const entries = folders.map(({ name }) => readEntry(join(models, name)));
  return (await Promise.all(entries)).sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/**
 * The card of the predictor in the folder named after a device, which most are, so that no other card need be
 * read. Undefined if there is none; the device may still have predictors in other folders.
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
