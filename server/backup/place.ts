import { existsSync } from 'node:fs';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError } from '../../src/base/errors.js';
import { type Database, DatabaseUnavailable } from '../store/database.js';
import { EmbeddedDatabase } from '../store/embedded.js';
import { PostgresDatabase } from '../store/postgres.js';

/** Where a service keeps its data. */
export interface Place {
  /** Folder of the embedded database, and of files beside the store. */
  readonly folder: string;
  /** `postgresql://…`; without it the embedded database is used. */
  readonly databaseUrl?: string;
}

/** The option or environment variable that names the place. */
export const fieldOf = ({ databaseUrl }: Place): string => (databaseUrl ? 'DATABASE_URL' : '--data');

/** Whether the folder contains an embedded database. */
export const hasDatabase = ({ folder }: Place): boolean => existsSync(dataPaths(folder).database);

/**
 * Opens a store's database, without migrating it, while the body runs. No service can open the embedded one meanwhile.
 *
 * @throws InputError if it cannot be opened: it does not answer, is damaged, or a service has it open
 */
export async function onDatabase<T>(place: Place, body: (database: Database) => Promise<T>): Promise<T> {
  const { folder, databaseUrl } = place;
  try {
    const database = databaseUrl
      ? // No time limit: the user is waiting, and sees the progress.
        await PostgresDatabase.open(databaseUrl, { limitMs: Number.POSITIVE_INFINITY })
      : await EmbeddedDatabase.open(dataPaths(folder).database, () => {}, new AbortController().signal);
    try {
      return await body(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    throw new InputError(error.message, { field: fieldOf(place) });
  }
}
