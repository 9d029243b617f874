import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** PGlite starts PostgreSQL with fsync off (`-F`), and the system call it would normally use does nothing. */
export const DURABLE_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

/** The used part of Emscripten's streams; a stream of a folder has no descriptor. */
interface EmscriptenStream {
  readonly nfd?: number;
  readonly node: { readonly stream_ops: { fsync?: (stream: EmscriptenStream) => number } };
}
interface EmscriptenFiles {
  lookupPath(path: string): { readonly node: EmscriptenStream['node'] };
  getPath(node: EmscriptenStream['node']): string;
}

/** Where PGlite mounts the database's folder. */
const MOUNTED = '/pglite/data';

/**
 * Makes PostgreSQL's fsync reach the disk: Emscripten's file system on Node's files (NODEFS) does not implement it, and a
 * missing fsync counts as done.
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
  // Windows cannot sync folders.
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Syncs all files of a folder that have been written since a time, ms since the epoch. */
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
