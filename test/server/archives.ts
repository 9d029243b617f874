import { type ArchiveEntry, readArchive, writeArchive } from '../../server/backup/archive.js';

/** The entries of a backup, by name. */
export async function entriesOf(file: string): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  for await (const { name, content } of readArchive(file)) entries.set(name, content);
  return entries;
}

/**
 * Writes a backup with some of its entries changed, or left out.
 *
 * @returns the new file
 */
export async function changedArchive(
  backup: string,
  file: string,
  change: (entry: ArchiveEntry) => string | undefined,
): Promise<string> {
  const entries = [...(await entriesOf(backup))].flatMap(([name, content]) => {
    const now = change({ name, content });
    return now === undefined ? [] : [{ name, content: Buffer.from(now) }];
  });
  await writeArchive(file, inOrder(entries));
  return file;
}

export async function* inOrder(entries: Iterable<ArchiveEntry>): AsyncGenerator<ArchiveEntry> {
  yield* entries;
}
