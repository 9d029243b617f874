import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdir, open, readdir, readFile, realpath, rm, stat, utimes } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from './database.js';

export interface FolderLock {
  release(): Promise<void>;
}

/** How often the owner of a folder renews its sign of life, ms, and after which silence it counts as gone. */
const SIGN_EVERY_MS = 3000;
const GONE_AFTER_MS = 10_000;
/** How long a new lock may still be lost to another process that found the same stale one, ms. */
const SETTLE_MS = 50;
const LOCK = /^lock\.([0-9a-z-]+)$/;

/** Another process has locked the folder. */
export class FolderTaken extends DatabaseUnavailable {
  override readonly name = 'FolderTaken';

  constructor(folder: string, where = '') {
    super(
      `another process${where} has the store in ${folder} open; stop it first, or give this one another folder`,
    );
  }
}

/**
 * Locks a folder for this process. The lock is a local socket in the folder, named after the running system, so containers
 * that share only the folder see each other, and the system shows at once that the owner has ended. Sockets of other
 * machines on a shared disk cannot be asked; their locks are recognised by the changing time of the file.
 *
 * @throws FolderTaken
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  if (process.platform === 'win32') return lockByPipe(folder);
  await mustBeFree(folder);
  const file = join(folder, `lock.${await systemId()}`);
  // A socket's path must be short, but that of the folder may be long.
  const directory = await open(folder, 'r');
  const short = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : folder;
  const own = `.lock-${randomUUID()}`;
  let server: Server;
  try {
    server = await listening(join(short, own));
    // Creating a link is atomic: a lock that exists cannot be taken.
    await link(join(folder, own), file);
    await sleep(SETTLE_MS);
    const [mine, now] = [await stat(join(folder, own)), await stat(file)];
    if (mine.ino !== now.ino) throw Object.assign(new Error('lost'), { code: 'EEXIST' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new FolderTaken(folder);
    throw error;
  } finally {
    await rm(join(folder, own), { force: true });
    await directory.close();
  }
  const sign = () => utimes(file, new Date(), new Date()).catch(() => {});
  const signing = setInterval(sign, SIGN_EVERY_MS).unref();
  return {
    async release() {
      clearInterval(signing);
      await rm(file, { force: true });
      await closed(server);
    },
  };
}

/**
 * Checks that a folder can be locked; removes locks left by dead processes.
 *
 * @throws FolderTaken
 */
export async function mustBeFree(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await mkdir(folder, { recursive: true });
  const system = await systemId();
  for (const name of await readdir(folder)) {
    const of = LOCK.exec(name)?.[1];
    if (of === undefined) continue;
    const file = join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (!found) continue;
    if (of === system ? await answers(folder, name) : await isSignedAgain(file)) {
      throw new FolderTaken(folder, of === system ? '' : ' of another machine');
    }
    const now = await stat(file).catch(() => undefined);
    if (now?.ino === found.ino) await rm(file, { force: true });
  }
}

/** Whether a process listens on a socket in a folder. */
async function answers(folder: string, name: string): Promise<boolean> {
  const directory = await open(folder, 'r');
  const path = process.platform === 'linux' ? `/proc/self/fd/${directory.fd}` : folder;
  const socket = connect(join(path, name));
  try {
    return await once(socket, 'connect').then(
      () => true,
      () => false,
    );
  } finally {
    socket.destroy();
    await directory.close();
  }
}

/**
 * Whether the owner of a lock still renews its sign of life; this machine may have been restarted. The sign is a time of
 * the owner's clock, which may differ from ours, so it only matters whether it changes.
 */
async function isSignedAgain(file: string): Promise<boolean> {
  const first = await stat(file).catch(() => undefined);
  for (const begunAt = performance.now(); performance.now() - begunAt < GONE_AFTER_MS; ) {
    await sleep(SIGN_EVERY_MS / 3);
    const now = await stat(file).catch(() => undefined);
    if (!now) return false;
    if (now.mtimeMs !== first?.mtimeMs) return true;
  }
  return false;
}

/** An identifier common to all processes of a running system, including containers. */
async function systemId(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() =>
    hostname().toLowerCase(),
  );
  return boot.trim().replace(/[^0-9a-z]+/g, '-');
}

async function lockByPipe(folder: string): Promise<FolderLock> {
  const name = (await realpath(folder)).toLowerCase().replace(/[^0-9a-z]+/g, '-');
  try {
    const server = await listening(`\\\\.\\pipe\\tempograph-${name}`);
    return { release: () => closed(server) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new FolderTaken(folder);
    throw error;
  }
}

async function listening(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  return server.unref();
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
