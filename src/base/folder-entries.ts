import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

/**
 * What is in a folder; nothing if there is no such folder.
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
