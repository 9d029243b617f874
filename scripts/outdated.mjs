/**
 * Whether node_modules matches the lock file: every required package is installed,
 * and every installed one has the locked version and content. Optional packages may be missing
 * (other platforms' binaries, tfjs-node where its download fails).
 *
 * @param lock parsed package-lock.json
 * @param installed parsed node_modules/.package-lock.json, which npm writes last; undefined if missing
 * @param withTests whether packages that only tests, checks and benchmarks use are required too
 */
export function isInstalled(lock, installed, withTests) {
  if (installed === undefined) return false;
  return Object.entries(lock.packages).every(([path, locked]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    if (found === undefined)
      return Boolean(locked.optional || locked.devOptional || (locked.dev && !withTests));
    return found.version === locked.version && found.integrity === locked.integrity;
  });
}

/**
 * The steps needed before tempograph can run, in order.
 *
 * @param state.installed result of `isInstalled`
 * @param state.sourcesMs time of the newest source file or folder, ms
 * @param state.builtMs time of the last complete build, ms; undefined if there was none
 * @param state.pageMs as `sourcesMs`, for the web page; undefined if the checkout has no page
 * @param state.pageBuiltMs as `builtMs`, for the web page
 * @param state.databaseMs as `builtMs`, for the empty database that new stores are copies of
 * @returns {('install' | 'build' | 'database' | 'page')[]}
 */
export function outdated({ installed, sourcesMs, builtMs, pageMs, pageBuiltMs, databaseMs }) {
  const steps = [];
  if (!installed) steps.push('install');
  if (!installed || builtMs === undefined || builtMs < sourcesMs) steps.push('build');
  if (!installed || databaseMs === undefined) steps.push('database');
  if (pageMs !== undefined && (!installed || pageBuiltMs === undefined || pageBuiltMs < pageMs)) {
    steps.push('page');
  }
  return steps;
}
