// Keeps a second copy of a folder as a disk would have it that loses all that was not synced: a file has there what it
// had when it was synced last. Names are kept at once. Loaded before a service (`node --import`) whose files it watches.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

const watched = resolve(process.env.FORGETFUL_FOLDER!);
const kept = resolve(process.env.FORGETFUL_COPY!);

const paths = new Map<number, string>();
const { openSync, closeSync, fsyncSync, fdatasyncSync, renameSync, unlinkSync, copyFileSync, mkdirSync } = fs;

function inCopy(path: fs.PathLike | number): string | undefined {
  const from = relative(watched, resolve(String(path)));
  return from.startsWith('..') ? undefined : join(kept, from);
}
function keep(path: string): void {
  const to = inCopy(path);
  if (to === undefined || !fs.statSync(path).isFile()) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(path, to);
}

fs.openSync = (path, ...rest) => {
  const descriptor = openSync(path, ...rest);
  paths.set(descriptor, String(path));
  const to = inCopy(path);
  // A new file is there, and empty.
  if (to !== undefined && !fs.existsSync(to) && fs.statSync(path).isFile()) {
    mkdirSync(dirname(to), { recursive: true });
    closeSync(openSync(to, 'w'));
  }
  return descriptor;
};
fs.closeSync = (descriptor) => {
  paths.delete(descriptor);
  closeSync(descriptor);
};
fs.fsyncSync = (descriptor) => {
  fsyncSync(descriptor);
  const path = paths.get(descriptor);
  if (path !== undefined) keep(path);
};
fs.fdatasyncSync = (descriptor) => {
  fdatasyncSync(descriptor);
  const path = paths.get(descriptor);
  if (path !== undefined) keep(path);
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  const [before, after] = [inCopy(from), inCopy(to)];
  if (before !== undefined && after !== undefined && fs.existsSync(before)) renameSync(before, after);
};
fs.unlinkSync = (path) => {
  unlinkSync(path);
  const to = inCopy(path);
  if (to !== undefined) fs.rmSync(to, { force: true });
};
// What is made with promises (the copy of the empty database) is synced by descriptors of its own.
const { open } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  const sync = handle.sync.bind(handle);
  handle.sync = async () => {
    await sync();
    keep(String(path));
  };
  return handle;
};
syncBuiltinESMExports();
