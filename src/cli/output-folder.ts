import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../errors.js';

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
