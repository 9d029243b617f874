import { stat, writeFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';

/**
 * Writes a file that a user named: whole or not at all, beside it under another name and renamed. What is there and no
 * regular file (`/dev/stdout`, `/dev/null`, a FIFO) is written into, as renaming would take its place.
 */
export async function writeOutput(file: string, data: string | Uint8Array): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) await writeFile(file, data);
  else await writeFileAtomic(file, typeof data === 'string' ? data : Buffer.from(data));
}
