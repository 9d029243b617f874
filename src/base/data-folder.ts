import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the service keeps what it is given, unless `--data` says otherwise: `TEMPOGRAPH_DATA`, else `tempograph` in
 * the user's folder for data (XDG base directory specification).
 */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { TEMPOGRAPH_DATA, XDG_DATA_HOME } = environment;
  if (TEMPOGRAPH_DATA) return resolve(TEMPOGRAPH_DATA);
  return join(XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tempograph');
}

/** What is where in a data folder. */
export function dataPaths(folder: string) {
  return {
    /** The embedded database. */
    database: join(folder, 'database'),
    /** Model versions, each in a folder named by the digest of its files. */
    versions: join(folder, 'versions'),
    /** A link per device to the version that serves it. */
    serving: join(folder, 'serving'),
    /** Tables of accuracies that searches may name. */
    accuracies: join(folder, 'accuracies'),
    /** Search spaces that were uploaded, a JSON file each: copies of what the store has. */
    spaces: join(folder, 'spaces'),
    /** A folder per running job. */
    jobs: join(folder, 'jobs'),
    /** Frontiers of networks and accelerators, a JSON file each. */
    frontiers: join(folder, 'frontiers'),
  };
}
