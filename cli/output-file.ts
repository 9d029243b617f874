import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, quote } from '../src/base/errors.js';
import { isCsvFile } from '../src/datasets/csv.js';

/**
 * Makes the folder of a file that is written at the end: that it cannot be is better known before the work than after.
 *
 * @param field the option that names the file
 * @throws InputError if there cannot be a file of this name
 */
export async function makeFolderOf(file: string, field: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch((error: Error) => {
    throw new InputError(`its folder cannot be made: ${error.message}`, { file, field });
  });
}

/** A device's identifier as it stands in the names of files and columns: `fnas_zcu102`. */
export function nameInFiles(device: string): string {
  return device.replace(':', '_');
}

/** @throws InputError if a file that is to be a CSV is not called one */
export function assertCsv(file: string, field: string): void {
  if (!isCsvFile(file)) throw new InputError(`${quote(file)} must end in .csv or .csv.gz`, { field });
}
