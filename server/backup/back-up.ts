import { InputError } from '../../src/base/errors.js';
import { version as tempograph } from '../../src/base/version.js';
import type { Sql } from '../store/database.js';
import { type ArchiveEntry, writeArchive } from './archive.js';
import { keptFiles } from './kept-files.js';
import { type Manifest, manifestEntry } from './manifest.js';
import { fieldOf, hasDatabase, onDatabase, type Place } from './place.js';
import { countRows, readIdentities, readRows, tablesOf, writeExactly } from './tables.js';

/** What a backup contains, or a restore has brought back. */
export interface BackupContents {
  readonly schema: number;
  readonly tables: number;
  readonly rows: number;
  readonly files: number;
}

/** Called with the number of rows done, and their total. */
export type OnRows = (done: number, total: number) => void;

/**
 * Writes everything a service keeps to one file: the store as of one moment, and the files beside it. Services may run on
 * a PostgreSQL meanwhile; an embedded database must not be in use.
 *
 * @throws InputError if there is no store, a service has it open, or the file exists already
 */
export async function backUp(place: Place, file: string, onRows: OnRows = () => {}): Promise<BackupContents> {
  if (!place.databaseUrl && !hasDatabase(place)) {
    throw new InputError(`there is no store in ${place.folder}`, { field: fieldOf(place) });
  }
  return onDatabase(place, (database) =>
    database.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await writeExactly(sql);
      const schema = await schemaOf(sql);
      if (!schema)
        throw new InputError('it does not contain a store of tempograph', { field: fieldOf(place) });
      const contents = { schema, tables: 0, rows: 0, files: 0 };
      await writeArchive(file, entriesOf(sql, place.folder, contents, onRows));
      return contents;
    }),
  );
}

async function* entriesOf(
  sql: Sql,
  folder: string,
  contents: { schema: number; tables: number; rows: number; files: number },
  onRows: OnRows,
): AsyncGenerator<ArchiveEntry> {
  const tables = await tablesOf(sql);
  const described: Manifest['tables'] = [];
  for (const table of tables) {
    const columns = table.columns.map(({ name }) => name);
    const [rows, identities] = [await countRows(sql, table), await readIdentities(sql, table)];
    described.push({ name: table.name, columns, rows, identities });
  }
  const createdAt = new Date().toISOString();
  yield manifestEntry({ tempograph, createdAt, schema: contents.schema, tables: described });
  const total = described.reduce((sum, { rows }) => sum + rows, 0);
  for (const table of tables) {
    let lot = 0;
    for await (const { rows, text } of readRows(sql, table)) {
      yield { name: `tables/${table.name}/${lot++}.json`, content: Buffer.from(text) };
      contents.rows += rows;
      onRows(contents.rows, total);
    }
    contents.tables++;
  }
  for await (const entry of keptFiles(folder, await storedDigests(sql))) {
    yield entry;
    contents.files++;
  }
}

/** Number of migrations a database has had; undefined if it is not a store. */
async function schemaOf(sql: Sql): Promise<number | undefined> {
  const [{ is }] = await sql.query<{ is: boolean }>(`SELECT to_regclass('schema_version') IS NOT NULL AS is`);
  if (!is) return undefined;
  const [{ schema }] = await sql.query<{ schema: number | null }>(
    'SELECT max(version) AS schema FROM schema_version',
  );
  return schema ?? undefined;
}

/** Digests of the versions whose files are in the store. */
async function storedDigests(sql: Sql): Promise<Set<string>> {
  const [{ is }] = await sql.query<{ is: boolean }>(`SELECT to_regclass('model_file') IS NOT NULL AS is`);
  if (!is) return new Set();
  const rows = await sql.query<{ digest: string }>('SELECT DISTINCT digest FROM model_file');
  return new Set(rows.map(({ digest }) => digest));
}
