import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError } from '../../src/base/errors.js';
import { readRegularFile } from '../../src/base/regular-file.js';
import type { ArchiveEntry } from './archive.js';

/** Prefix of entries that are files of a data folder. */
const FILES = 'files/';

/**
 * Files of a data folder that are not in the store: tables of accuracies, frontiers, and the files of versions trained
 * before the store kept them.
 *
 * @param stored digests of the versions whose files the store has
 */
export async function* keptFiles(folder: string, stored: ReadonlySet<string>): AsyncGenerator<ArchiveEntry> {
  const { accuracies, frontiers, versions } = dataPaths(folder);
  for (const [name, path] of Object.entries({ accuracies, frontiers, versions })) {
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      const inside = posix.join(...file.slice(path.length + 1).split(/[\\/]/));
      const [top] = inside.split('/');
      // Files with a leading dot are still being written.
      if (top.startsWith('.') || (name === 'versions' && stored.has(top))) continue;
      yield { name: `${FILES}${name}/${inside}`, content: await readRegularFile(file) };
    }
  }
}

/**
 * The path of an entry's file in a data folder; undefined if the entry is not a file.
 *
 * @throws InputError if the path is outside what `keptFiles` reads, or exists already
 */
export async function placeOf(
  archive: string,
  folder: string,
  { name }: ArchiveEntry,
): Promise<string | undefined> {
  if (!name.startsWith(FILES)) return undefined;
  const inside = name.slice(FILES.length);
  const isOurs = /^(accuracies|frontiers|versions)\//.test(inside) && !/[\\\0]/.test(inside);
  if (!isOurs || posix.normalize(inside) !== inside) {
    throw new InputError(`its entry ${name} would be written outside the data folder`, { file: archive });
  }
  const file = join(folder, inside);
  if (await stat(file).catch(() => undefined)) {
    throw new InputError(`${file} exists already; restore into a folder without it`, { field: '--data' });
  }
  return file;
}

export async function writeKept(file: string, content: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { flag: 'wx', flush: true });
}
