/** How often it is looked whether the shell is still there, ms. */
const LOOK_EVERY_MS = 500;

/**
 * Ends this process, as by SIGTERM, when the shell ends in which npm runs a script: it is told of signals, and keeps them to
 * itself. Elsewhere a process may outlive its parent.
 */
export function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  looking.unref();
}
