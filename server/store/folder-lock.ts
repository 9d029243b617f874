import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseUnavailable } from './database.js';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Keeps a folder for this process. The lock is a listening local socket named after the folder, so the system
 * gives it back at once however the process ends, and none is ever left behind. It holds among the processes
 * of one machine (on Linux, of one network namespace).
 *
 * @throws DatabaseUnavailable if another process has the folder
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const name = `tempograph-${createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32)}`;
  const path = {
    linux: `\0${name}`,
    win32: `\\\\.\\pipe\\${name}`,
  }[process.platform as string];
  const held = path ? await listen(path) : await listenOnFile(join(tmpdir(), `${name}.sock`));
  if (!held) throw new DatabaseUnavailable(`another process has the store in ${folder} open`);
  return held;
}

/** @returns undefined if another process listens there */
async function listen(path: string): Promise<FolderLock | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** As `listen`, where the socket is a file that a killed process leaves behind. */
async function listenOnFile(path: string): Promise<FolderLock | undefined> {
  const held = await listen(path);
  if (held) return held;
  const socket = connect(path);
  const alive = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  if (alive) return undefined;
  await rm(path, { force: true });
  return listen(path);
}
