import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { InputError, quote } from '../../src/base/errors.js';
import { endsIn } from '../../src/base/file-ending.js';
import { unreadable } from '../../src/base/read-problem.js';
import { openRegularFile } from '../../src/base/regular-file.js';

/** A file in a backup. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** The last entry: a file without it was cut off. It holds the SHA-256 of every other entry, by name. */
const END = 'end.json';

/** Largest entry, bytes: more than a lot of rows, or the row of a file of 256 MiB. */
const LARGEST = 2 ** 29;

const isGzip = (file: string) => endsIn(file, '.gz', '.tgz');

/**
 * Writes a tar file, gzipped if its name ends in .gz or .tgz. The file appears under its name only when it is complete.
 *
 * @throws InputError if the file exists already
 */
export async function writeArchive(file: string, entries: AsyncIterable<ArchiveEntry>): Promise<void> {
  if (await stat(file).catch(() => undefined)) {
    throw new InputError('there is a file with this name already', { file, field: '--out' });
  }
  const making = `${file}.making`;
  const tar = pack();
  // Readable only by its owner: keys are hashed, but their names are private.
  const output = createWriteStream(making, { mode: 0o600, flush: true });
  const written = isGzip(file) ? pipeline(tar, createGzip(), output) : pipeline(tar, output);
  // Errors reach whoever awaits it; until then they must not end the process.
  written.catch(() => {});
  const sums: Record<string, string> = {};
  // Resolves when there is room for more: rows must not pile up in memory while the disk is slow.
  const add = ({ name, content }: ArchiveEntry) => {
    const added = new Promise<void>((resolve, reject) => {
      tar.entry({ name, mode: 0o600 }, content, (error) => (error ? reject(error) : resolve()));
    });
    return Promise.race([added, written]);
  };
  try {
    for await (const entry of entries) {
      sums[entry.name] = sha256(entry.content);
      await add(entry);
    }
    await add({ name: END, content: Buffer.from(JSON.stringify(sums)) });
    tar.finalize();
    await written;
    await rename(making, file);
  } catch (error) {
    tar.destroy(error as Error);
    await written.catch(() => {});
    await rm(making, { force: true });
    throw error;
  }
}

/**
 * Reads the entries of such a file. Once all have been read, the file is known to be complete and unchanged.
 *
 * @throws InputError if it was cut off or is not a backup, or an entry comes twice or is too large
 */
export async function* readArchive(file: string): AsyncGenerator<ArchiveEntry> {
  const entries = extract();
  const handle = await openRegularFile(file).catch((error) => {
    throw unreadable(error, file);
  });
  const input = handle.createReadStream();
  const read = isGzip(file) ? pipeline(input, createGunzip(), entries) : pipeline(input, entries);
  read.catch(() => {});
  const sums = new Map<string, string>();
  let end: ReadonlyMap<string, string> | undefined;
  try {
    for await (const entry of entries) {
      const { name, size, type } = entry.header;
      const odd = [
        sums.has(name) && 'comes twice',
        end && `comes after its last, ${END}`,
        type !== 'file' && `is a ${type}, not a file`,
        size > LARGEST && `has ${size} bytes, more than an entry may have`,
      ].find(Boolean);
      if (odd)
        throw new InputError(`it is damaged, or not a backup: its entry ${quote(name)} ${odd}`, { file });
      const chunks: Buffer[] = [];
      for await (const chunk of entry as unknown as Readable) chunks.push(chunk as Buffer);
      const content = Buffer.concat(chunks);
      if (name === END) {
        end = new Map(Object.entries(JSON.parse(content.toString())));
        continue;
      }
      sums.set(name, sha256(content));
      yield { name, content };
    }
    await read;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error;
    if (error instanceof InputError) throw error;
    throw new InputError(`it is damaged, or not a backup (${(error as Error).message})`, { file });
  }
  if (!end)
    throw new InputError(`it is cut off, or not a backup: its last entry, ${END}, is missing`, { file });
  for (const name of new Set([...end.keys(), ...sums.keys()])) {
    if (end.get(name) === sums.get(name)) continue;
    const how = sums.has(name) ? (end.has(name) ? 'has changed' : 'was added') : 'is missing';
    throw new InputError(`it is damaged: its entry ${name} ${how}`, { file });
  }
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
