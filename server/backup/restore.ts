import { readdir, rm } from 'node:fs/promises';
import { dataPaths } from '../../src/base/data-folder.js';
import { InputError } from '../../src/base/errors.js';
import { JobQueue } from '../jobs/queue.js';
import type { Database, Sql } from '../store/database.js';
import { migrate } from '../store/migrations.js';
import { readArchive } from './archive.js';
import type { BackupContents, OnRows } from './back-up.js';
import { placeOf, writeKept } from './kept-files.js';
import { type Manifest, readManifest } from './manifest.js';
import { fieldOf, onDatabase, type Place } from './place.js';
import { insertRows, type StoreTable, setIdentities, tablesOf, withoutReferences } from './tables.js';

const ROWS_ENTRY = /^tables\/(\w+)\/\d+\.json$/;

/**
 * Fills an empty folder or an empty PostgreSQL from a backup of either. A backup with an older schema is brought up to
 * date. Jobs that were running wait for their next attempt. If anything fails, the place is left empty.
 *
 * @throws InputError if the place is not empty, or the file is cut off, damaged, not a backup, or of a newer tempograph
 */
export async function restore(
  place: Place,
  file: string,
  onRows: OnRows = () => {},
): Promise<BackupContents> {
  const { folder, databaseUrl } = place;
  if (!databaseUrl) await mustBeEmpty(folder);
  // The whole file is checked before anything is written.
  const { manifest, kept } = await examined(file, folder);
  // Whether the contents of the place come from this restore.
  let begun = false;
  try {
    return await onDatabase(place, (database) =>
      database.exclusively(async () => {
        await mustHaveNoTables(database, place);
        begun = true;
        try {
          return await fill(database, { file, manifest, kept }, onRows);
        } catch (error) {
          await dropAll(database).catch(() => {});
          throw error;
        }
      }),
    );
  } catch (error) {
    if (!begun) throw error;
    for (const path of kept.values()) await rm(path, { force: true });
    if (!databaseUrl) await rm(dataPaths(folder).database, { recursive: true, force: true });
    throw error;
  }
}

interface Examined {
  readonly file: string;
  readonly manifest: Manifest;
  /** Where files beside the store go, by entry. */
  readonly kept: ReadonlyMap<string, string>;
}

async function examined(file: string, folder: string): Promise<Examined> {
  let manifest: Manifest | undefined;
  const kept = new Map<string, string>();
  for await (const entry of readArchive(file)) {
    if (!manifest) {
      manifest = readManifest(file, entry);
      continue;
    }
    const path = await placeOf(file, folder, entry);
    if (path) kept.set(entry.name, path);
    else if (!ROWS_ENTRY.test(entry.name)) {
      throw new InputError(`its entry ${entry.name} is unknown`, { file });
    }
  }
  if (!manifest) throw new InputError('it is not a backup: it has no entries', { file });
  return { file, manifest, kept };
}

async function fill(
  database: Database,
  { file, manifest, kept }: Examined,
  onRows: OnRows,
): Promise<BackupContents> {
  await migrate(database, manifest.schema);
  const total = manifest.tables.reduce((sum, { rows }) => sum + rows, 0);
  await fitting(
    file,
    database.transaction(async (sql) => {
      const tables = await sameTables(sql, file, manifest);
      await withoutReferences(sql, async () => {
        const rows = new Map(manifest.tables.map(({ name }) => [name, 0]));
        let done = 0;
        for await (const { name, content } of readArchive(file)) {
          const path = kept.get(name);
          if (path) await writeKept(path, content);
          const of = ROWS_ENTRY.exec(name)?.[1];
          if (of === undefined) continue;
          const table = tables.get(of);
          if (!table) throw new InputError(`its entry ${name} belongs to no table`, { file });
          const added = await insertRows(sql, table, content.toString());
          rows.set(table.name, rows.get(table.name)! + added);
          done += added;
          onRows(done, total);
        }
        for (const { name, rows: wanted, identities } of manifest.tables) {
          if (rows.get(name) !== wanted) {
            throw new InputError(`it has ${rows.get(name)} rows of ${name}, not ${wanted}`, { file });
          }
          await setIdentities(sql, name, identities);
        }
      });
    }),
  );
  await migrate(database);
  const queue = await JobQueue.start(database, () => {});
  try {
    await database.transaction((sql) => queue.dealRestored(sql));
  } finally {
    await queue.stop();
  }
  return { schema: manifest.schema, tables: manifest.tables.length, rows: total, files: kept.size };
}

/** @throws InputError if the database refuses a value (SQLSTATE class 22), or a constraint is violated (23) */
async function fitting<T>(file: string, filled: Promise<T>): Promise<T> {
  return filled.catch((error: Error & { code?: string }) => {
    if (!/^2[23]/.test(error.code ?? '')) throw error;
    throw new InputError(`it is damaged: its rows do not fit (${error.message})`, { file });
  });
}

/**
 * The database's tables by name.
 *
 * @throws InputError unless they match those of the backup, column by column
 */
async function sameTables(
  sql: Sql,
  file: string,
  { tables, schema }: Manifest,
): Promise<Map<string, StoreTable>> {
  const there = new Map((await tablesOf(sql)).map((table) => [table.name, table]));
  const given = new Set(tables.map(({ name }) => name));
  const missing = [...there.keys()].filter((name) => !given.has(name));
  if (missing.length > 0) {
    throw new InputError(`it lacks the tables ${missing.join(', ')} of schema ${schema}`, {
      file,
    });
  }
  for (const { name, columns } of tables) {
    const known = there.get(name)?.columns.map((column) => column.name);
    if (known?.join() === columns.join()) continue;
    const wanted = known ? `the columns ${known.join(', ')}` : 'no such table';
    throw new InputError(
      `its table ${name} has the columns ${columns.join(', ')}; schema ${schema} has ${wanted}`,
      {
        file,
      },
    );
  }
  return there;
}

async function mustBeEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new InputError(
    `${folder} is not empty (it holds ${names.slice(0, 3).join(', ')}); name a new folder`,
    {
      field: '--data',
    },
  );
}

const TABLES = `SELECT schemaname::text || '.' || tablename AS name FROM pg_tables
  WHERE schemaname IN (current_schema(), 'pgboss')`;

async function mustHaveNoTables(database: Database, place: Place): Promise<void> {
  const names = (await database.query<{ name: string }>(TABLES)).map(({ name }) => name);
  if (names.length === 0) return;
  throw new InputError(
    `the database is not empty (it holds ${names.slice(0, 3).join(', ')}); make a new one`,
    {
      field: fieldOf(place),
    },
  );
}

/** Removes what a restore has created in a database that was empty before. */
async function dropAll(database: Database): Promise<void> {
  await database.execute('DROP SCHEMA IF EXISTS pgboss CASCADE');
  for (const { name } of await database.query<{ name: string }>(TABLES)) {
    await database.execute(`DROP TABLE IF EXISTS ${name} CASCADE`);
  }
}
