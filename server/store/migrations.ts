import type { Database } from './database.js';
import { MIGRATIONS } from './schema-history.js';

/** The schema version of this tempograph. */
export const newestSchema = MIGRATIONS.length;

/** Every table created by a migration. */
export const storeTables: readonly string[] = [...MIGRATIONS.join().matchAll(/CREATE TABLE (\w+)/g)].map(
  ([, name]) => name,
);

/**
 * Migrates a database's schema to the newest version, or to the older one `upTo`. Must be run exclusively.
 *
 * @throws Error if a newer tempograph has already changed it
 */
export async function migrate(database: Database, upTo: number = newestSchema): Promise<void> {
  await database.query(
    `CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const [{ version }] = await database.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM schema_version',
  );
  if (version > newestSchema) {
    throw new Error(
      `the store has schema ${version}, made by a newer tempograph; this one knows ${newestSchema}`,
    );
  }
  for (let step = version; step < upTo; step++) {
    await database.execute(
      `BEGIN; ${MIGRATIONS[step]}; INSERT INTO schema_version (version) VALUES (${step + 1}); COMMIT;`,
    );
  }
}
