import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** PGlite starts PostgreSQL with fsync off (`-F`), and the system call behind its usual way of doing it does nothing. */
export const DURABLE_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

/** What of Emscripten's file system is used; a stream of a folder has no descriptor. */
interface EmscriptenStream {
  readonly nfd?: number;
  readonly node: { readonly stream_ops: { fsync?: (stream: EmscriptenStream) => number } };
}
interface EmscriptenFiles {
  lookupPath(path: string): { readonly node: EmscriptenStream['node'] };
  getPath(node: EmscriptenStream['node']): string;
}

/** Where PGlite has the database's folder. */
const MOUNTED = '/pglite/data';

/**
 * Has PostgreSQL's fsync reach the disk: Emscripten's file system on node's files (NODEFS) leaves it out, and what has
 * none is taken to be done.
 */
export function syncForReal(database: PGlite, folder: string): void {
  const files = database.Module.FS as unknown as EmscriptenFiles;
  const operations = files.lookupPath(`${MOUNTED}/PG_VERSION`).node.stream_ops;
  operations.fsync = ({ nfd, node }) => {
    if (nfd !== undefined) fsyncSync(nfd);
    else syncFolderEntry(join(folder, files.getPath(node).slice(MOUNTED.length)));
    return 0;
  };
}

function syncFolderEntry(folder: string): void {
  // Windows has no such thing.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Brings all files of a folder to the disk that have been written since a moment, ms of the epoch. */
export async function syncFiles(folder: string, since = 0): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const folders = new Set([dirname(folder), folder]);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) folders.add(path);
    else if ((await stat(path)).mtimeMs >= since) {
      const file = await open(path, 'r+');
      await file.sync().finally(() => file.close());
    }
  }
  for (const each of folders) syncFolderEntry(each);
}
