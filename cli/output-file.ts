import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError, quote } from '../src/base/errors.js';
import { isCsvFile } from '../src/datasets/csv.js';

/**
 * Makes the folder of a file that is written at the end, and checks that the file can be written: better to know before
 * the work than after.
 *
 * @param field the option that names the file
 * @throws InputError if there cannot be a file with this name
 */
export async function prepareOutput(file: string, field: string): Promise<void> {
  if (file === '') throw new InputError('the name of the file is empty', { field });
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw new InputError('this is a folder, not a file', { file, field });
  if (there?.isSocket()) throw new InputError('this is a socket, not a file', { file, field });
  // A pipe or a device is written to directly, without a temporary file beside it.
  if (!there || there.isFile()) await prepareFolder(dirname(file), field, file);
}

/**
 * Like `prepareOutput`, for a dataset: a CSV with a card beside it, so not a pipe.
 *
 * @throws InputError if its name is not that of a CSV, or there cannot be a file with this name
 */
export async function prepareDataset(file: string, field: string): Promise<void> {
  assertCsv(file, field);
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) throw new InputError('this is not a regular file', { file, field });
  await prepareOutput(file, field);
}

/**
 * Makes a folder to which something is written at the end.
 *
 * @param file what is written to it, for the message; the folder itself by default
 * @throws InputError if it cannot be made, or nothing can be written to it
 */
export async function prepareFolder(folder: string, field: string, file = folder): Promise<void> {
  const refuse = (what: string) => (error: Error) => {
    throw new InputError(`${what}: ${error.message}`, { file, field });
  };
  await mkdir(folder, { recursive: true }).catch(refuse('its folder cannot be made'));
  await access(folder, constants.W_OK).catch(refuse('its folder is not writable'));
}

/** A device's identifier as used in the names of files and columns: `fnas_zcu102`. */
export function nameInFiles(device: string): string {
  return device.replace(':', '_');
}

/** @throws InputError if the name of a CSV to be written does not say so */
export function assertCsv(file: string, field: string): void {
  if (!isCsvFile(file)) throw new InputError(`${quote(file)} must end in .csv or .csv.gz`, { field });
}
