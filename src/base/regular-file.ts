import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { InputError } from './errors.js';

const MIB = 2 ** 20;

/**
 * Reads a file that somebody else has put into a folder: what is no regular file (a pipe that nobody writes, a device)
 * would be waited for without end.
 *
 * @param mostBytes that are read
 * @throws InputError if it is no regular file, or a larger one; the system's error if it cannot be opened
 */
export async function readRegularFile(file: string, mostBytes = 256 * MIB): Promise<Buffer> {
  // Else a pipe is waited for already when it is opened. Windows has neither.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = await handle.stat();
    if (!stat.isFile() && !stat.isDirectory()) throw new InputError('this is no regular file', { file });
    if (stat.size > mostBytes) {
      const [has, may] = [stat.size, mostBytes].map((bytes) => `${Math.ceil(bytes / MIB)} MiB`);
      throw new InputError(`the file has ${has}; at most ${may} are read`, { file });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
