import { stat, writeFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';

/**
 * Writes a file that the user named, completely or not at all: to a temporary file beside it, which is then
 * renamed. If the path exists and is not a regular file (`/dev/stdout`, `/dev/null`, a FIFO), it is written
 * to directly, because renaming would replace it.
 */
export async function writeOutput(file: string, data: string | Uint8Array): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) await writeFile(file, data);
  else await writeFileAtomic(file, typeof data === 'string' ? data : Buffer.from(data));
}
