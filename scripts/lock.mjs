import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const POLL_MS = 200;
/** How long a lock may lack its owner's number before it is taken for a leftover of a crash, ms. */
const NAMELESS_MS = 5000;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whether the process that made the lock is gone. */
function isStale(path) {
  try {
    return !isAlive(Number(readFileSync(`${path}/pid`, 'utf8')));
  } catch {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs > NAMELESS_MS;
  }
}

/**
 * Removes a stale lock. Another process may have taken it over since it was found, so the lock is moved aside, which only
 * one process can do, and put back if it is in use.
 */
export function removeStale(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (isStale(aside)) rmSync(aside, { recursive: true });
  else renameSync(aside, path);
}

/**
 * Acquires a lock between processes on one machine: a folder, which is created atomically, with its owner's
 * process number inside. Waits while another live process holds it; takes it over from a dead one.
 *
 * @param onWait called once, if there is a wait
 * @returns a function that releases the lock; an exiting process releases it by itself
 */
export function acquireLock(path, onWait = () => {}) {
  for (let waited = false; ; ) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(path)) {
      removeStale(path);
      continue;
    }
    if (!waited) onWait();
    waited = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  writeFileSync(`${path}/pid`, String(process.pid));
  const release = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}
