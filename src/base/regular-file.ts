import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from './errors.js';

const MIB = 2 ** 20;

/** Without O_NONBLOCK, opening a pipe would already wait for a writer. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file that somebody else put into a folder. Anything but a regular file (a pipe without a writer, a
 * device) is refused, since reading it could wait for ever.
 *
 * @throws InputError if it is not a regular file; the system's error if it cannot be opened
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await open(file, FLAGS);
  try {
    assertRegular(await handle.stat(), file);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Reads a file that somebody else put into a folder; see `openRegularFile`.
 *
 * @param mostBytes that the file may have
 * @throws InputError if it is not a regular file, or too large; the system's error if it cannot be opened
 */
export async function readRegularFile(file: string, mostBytes = 256 * MIB): Promise<Buffer> {
  const handle = await openRegularFile(file);
  try {
    const stat = await handle.stat();
    if (stat.size > mostBytes) {
      const [has, may] = [stat.size, mostBytes].map((bytes) => `${Math.ceil(bytes / MIB)} MiB`);
      throw new InputError(`the file has ${has}; at most ${may} are read`, { file });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** `readRegularFile` for synchronous code. */
export function readRegularFileSync(file: string): Buffer {
  const descriptor = openSync(file, FLAGS);
  try {
    assertRegular(fstatSync(descriptor), file);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Folders pass: reading one fails with its own error. */
function assertRegular(stat: Stats, file: string): void {
  if (!stat.isFile() && !stat.isDirectory()) throw new InputError('this is not a regular file', { file });
}
