import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError } from '../../src/base/errors.js';
import { readRegularFile } from '../../src/base/regular-file.js';
import type { ArchiveEntry } from './archive.js';

/** Where entries begin that are files of a data folder. */
const FILES = 'files/';

/**
 * What a data folder has that the store has not: tables of accuracies, frontiers, and the files of versions that were
 * trained before the store kept them.
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
      // What begins with a dot is being written.
      if (top.startsWith('.') || (name === 'versions' && stored.has(top))) continue;
      yield { name: `${FILES}${name}/${inside}`, content: await readRegularFile(file) };
    }
  }
}

/**
 * Where an entry's file belongs in a data folder; undefined if the entry is none.
 *
 * @throws InputError if that is outside what `keptFiles` reads, or there is a file already
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
    throw new InputError(`${file} is there already; restore into a folder without it`, { field: '--data' });
  }
  return file;
}

export async function writeKept(file: string, content: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { flag: 'wx', flush: true });
}
