import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the service keeps its data, unless `--data` says otherwise: `TEMPOGRAPH_DATA`, or `tempograph` in the
 * user's data folder (XDG Base Directory Specification).
 */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { TEMPOGRAPH_DATA, XDG_DATA_HOME } = environment;
  if (TEMPOGRAPH_DATA) return resolve(TEMPOGRAPH_DATA);
  return join(XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tempograph');
}

/** The paths inside a data folder. */
export function dataPaths(folder: string) {
  return {
    /** The embedded database. */
    database: join(folder, 'database'),
    /** Model versions, each in a folder named by the digest of its files. */
    versions: join(folder, 'versions'),
    /** For each device, a link to the version that serves it. */
    serving: join(folder, 'serving'),
    /** Accuracy tables that searches may name. */
    accuracies: join(folder, 'accuracies'),
    /** Uploaded search spaces, one JSON file each: copies of what the store has. */
    spaces: join(folder, 'spaces'),
    /** One folder per running job. */
    jobs: join(folder, 'jobs'),
    /** Frontiers of networks and accelerators, one JSON file each. */
    frontiers: join(folder, 'frontiers'),
  };
}
