import { statfs } from 'node:fs/promises';
import { DatabaseUnavailable } from './database.js';

/**
 * What a disk must have free for the embedded database to write, bytes: four segments of its log. It does without
 * them rather than run out: PostgreSQL gives up where its log cannot go on, and PGlite then computes for ever.
 */
export const RESERVE_BYTES = 64 * 2 ** 20;

/** There is too little space to write; what has been kept can be read. */
export class DiskFull extends DatabaseUnavailable {
  override readonly name = 'DiskFull';

  /**
   * @param folder is on the disk in question
   * @param needed how much space it takes to go on, where that is known
   */
  constructor(folder: string, needed = 'some space', cause?: unknown) {
    super(
      `the disk of ${folder} is full: free ${needed} on it and ask again; all that was acknowledged is kept, and the ` +
        'service need not be restarted',
      { cause },
    );
  }

  /** The embedded database's, for less than the reserve. */
  static ofDatabase(folder: string, cause?: unknown): DiskFull {
    return new DiskFull(folder, `space (${RESERVE_BYTES / 2 ** 20} MiB are needed)`, cause);
  }
}

/** Whether the disk of a folder has less than the reserve, as far as the system tells. */
export async function isFull(folder: string): Promise<boolean> {
  const disk = await statfs(folder).catch(() => undefined);
  return disk !== undefined && disk.bavail * disk.bsize < RESERVE_BYTES;
}

/** A file system's refusal to write for want of space, said with what to do; any other error as it is. */
export function diskFullOr(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFull(folder, undefined, error) : error;
}
