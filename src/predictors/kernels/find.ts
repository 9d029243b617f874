import { join } from 'node:path';
import { InputError, quote } from '../../base/errors.js';
import { folderEntries } from '../../base/folder-entries.js';
import { holdsKernels } from './kernels-folder.js';
import { loadKernels, readKernelsCard, type SavedKernels } from './saved.js';

/** Names of the folders in a folder of predictors that hold kernel predictors. */
export async function kernelsFolders(models: string): Promise<string[]> {
  return (await folderEntries(models))
    .filter(({ name }) => !name.startsWith('.') && holdsKernels(join(models, name)))
    .map(({ name }) => name)
    .sort();
}

/** The kernel predictor with a name, either its folder's or its device's; undefined if there is none. */
export async function kernelsOf(models: string, device: string): Promise<SavedKernels | undefined> {
  const folders = await kernelsFolders(models);
  if (folders.includes(device)) return loadKernels(join(models, device));
  for (const folder of folders) {
    // One that cannot be read is not the one asked for.
    const card = await readKernelsCard(join(models, folder)).catch(() => undefined);
    if (card?.device === device) return loadKernels(join(models, folder));
  }
  return undefined;
}

/**
 * Finds a kernel predictor by its folder's name, or its device's.
 *
 * @throws InputError that lists the known ones
 */
export async function findKernels(models: string, device: string | undefined): Promise<SavedKernels> {
  const found = device === undefined ? undefined : await kernelsOf(models, device);
  if (found) return found;
  const problem = noKernels(device, await kernelsFolders(models));
  throw new InputError(`${problem}; \`tempograph measure --onnx\` and \`tempograph train\` make one`);
}

/** Says that a device has no learned kernels, and which ones have. */
export function noKernels(device: string | undefined, known: readonly string[]): string {
  const problem = device === undefined ? 'no device is named' : `no kernels were learned on ${quote(device)}`;
  return `${problem}; devices that answer for ONNX files: ${known.join(', ') || 'none'}`;
}
