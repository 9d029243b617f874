import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from './errors.js';

const MIB = 2 ** 20;

/** Else a pipe is waited for already when it is opened. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file that somebody else has put into a folder: what is no regular file (a pipe that nobody writes, a device)
 * would be waited for without end.
 *
 * @throws InputError if it is no regular file; the system's error if it cannot be opened
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
 * Reads a file that somebody else has put into a folder, as `openRegularFile` opens it.
 *
 * @param mostBytes that are read
 * @throws InputError if it is no regular file, or a larger one; the system's error if it cannot be opened
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

/** As `readRegularFile`, where no promise is at hand. */
export function readRegularFileSync(file: string): Buffer {
  const descriptor = openSync(file, FLAGS);
  try {
    assertRegular(fstatSync(descriptor), file);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A folder says by itself that it cannot be read. */
function assertRegular(stat: Stats, file: string): void {
  if (!stat.isFile() && !stat.isDirectory()) throw new InputError('this is no regular file', { file });
}
