import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

/**
 * The entries of a folder; none if it does not exist.
 *
 * @throws the system's error if it cannot be read
 */
export async function folderEntries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
