import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const POLL_MS = 200;
/** How long a lock may go without its owner's number before it counts as left behind by a crash, ms. */
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
 * Removes a lock that was found stale. Another process may have taken it over since then: what is there now is moved
 * aside, which only one can do, and put back if it is in use.
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
 * Holds a lock between processes on one machine: a folder, whose making is atomic, with its owner's
 * process number inside. Waits while another live process has it; takes it over from a dead one.
 *
 * @param onWait called once, if there is a wait
 * @returns the function that gives the lock back; an exiting process gives it back by itself
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
