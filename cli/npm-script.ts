/** How often to check that the shell still exists, ms. */
const LOOK_EVERY_MS = 500;

/**
 * Ends this process, as by SIGTERM, when the shell in which npm runs a script ends: the shell receives signals and does
 * not pass them on. Outside npm a process may outlive its parent.
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
