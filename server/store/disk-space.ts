import { statfs } from 'node:fs/promises';
import { DatabaseUnavailable } from './database.js';

/**
 * Free disk space that the embedded database needs to write, bytes: four segments of its log. It must not run out: if
 * PostgreSQL cannot extend its log it aborts, and PGlite then loops forever.
 */
export const RESERVE_BYTES = 64 * 2 ** 20;

/** There is too little space to write; existing data can be read. */
export class DiskFull extends DatabaseUnavailable {
  override readonly name = 'DiskFull';

  /**
   * @param folder a folder on the disk
   * @param needed how much space is needed, if known
   */
  constructor(folder: string, needed = 'some space', cause?: unknown) {
    super(
      `the disk of ${folder} is full: free ${needed} on it and try again; everything acknowledged is kept, and the ` +
        'service need not be restarted',
      { cause },
    );
  }

  /** The error for an embedded database with less than the reserve. */
  static ofDatabase(folder: string, cause?: unknown): DiskFull {
    return new DiskFull(folder, `space (${RESERVE_BYTES / 2 ** 20} MiB are needed)`, cause);
  }
}

/** Whether the disk of a folder has less free space than the reserve, as far as the system tells. */
export async function isFull(folder: string): Promise<boolean> {
  const disk = await statfs(folder).catch(() => undefined);
  return disk !== undefined && disk.bavail * disk.bsize < RESERVE_BYTES;
}

/** Turns a file system's error about missing space into `DiskFull`; returns any other error unchanged. */
export function diskFullOr(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFull(folder, undefined, error) : error;
}
