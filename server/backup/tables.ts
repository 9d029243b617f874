import type { Sql } from '../store/database.js';
import { storeTables } from '../store/migrations.js';

interface Column {
  readonly name: string;
  /** The type in SQL: `bigint`. */
  readonly type: string;
  /** Numbered by the database. */
  readonly identity: boolean;
  readonly key: boolean;
}

/** A table of a database. */
export interface StoreTable {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** Most text read at a time, characters, and most rows. */
const LOT_CHARACTERS = 4 * 2 ** 20;
const LOT_ROWS = 2000;
const FIRST_LOT_ROWS = 16;

/** The store's tables, by name. */
export async function tablesOf(sql: Sql): Promise<StoreTable[]> {
  const columns = await sql.query<Column & { table: string }>(
    `SELECT c.relname::text AS table, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attidentity <> '' AS identity, coalesce(a.attnum = ANY (i.indkey), false) AS key
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[])
     ORDER BY c.relname, a.attnum`,
    [storeTables],
  );
  const names = [...new Set(columns.map(({ table }) => table))];
  return names.map((name) => ({ name, columns: columns.filter(({ table }) => table === name) }));
}

/**
 * Fills tables whose rows refer to each other, even in cycles (a device to its promotion, and back); references are
 * checked when all rows are there.
 */
export async function withoutReferences<T>(sql: Sql, fill: () => Promise<T>): Promise<T> {
  const references = await sql.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace`,
  );
  for (const { table, name } of references) await sql.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  const result = await fill();
  for (const { table, name, definition } of references) {
    await sql.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }
  return result;
}

export async function countRows(sql: Sql, { name }: StoreTable): Promise<number> {
  const [{ rows }] = await sql.query<{ rows: string }>(`SELECT count(*)::text AS rows FROM ${quoted(name)}`);
  return Number(rows);
}

/** The last number given in each identity column; null before the first. */
export async function readIdentities(sql: Sql, table: StoreTable): Promise<Record<string, string | null>> {
  const identities: Record<string, string | null> = {};
  for (const { name } of table.columns.filter(({ identity }) => identity)) {
    const [{ last }] = await sql.query<{ last: string | null }>(
      'SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass)::text AS last',
      [quoted(table.name), name],
    );
    identities[name] = last;
  }
  return identities;
}

/** Sets the text format of values, so that every server writes the same and nothing is rounded. */
export async function writeExactly(sql: Sql): Promise<void> {
  for (const setting of [
    "DateStyle = 'ISO, YMD'",
    "TimeZone = 'UTC'",
    "IntervalStyle = 'postgres'",
    'extra_float_digits = 1',
    "bytea_output = 'hex'",
  ]) {
    await sql.query(`SET LOCAL ${setting}`);
  }
}

/**
 * Reads the rows of a table in a transaction, a lot at a time: a JSON array of rows, each an array of its columns in
 * PostgreSQL's text form, or null.
 */
export async function* readRows(sql: Sql, { name, columns }: StoreTable): AsyncGenerator<Lot> {
  const values = columns.map((column) => `${quoted(column.name)}::text`).join(', ');
  // Ordered, so that the same rows make the same file.
  const order = columns.filter(({ key }) => key).map((column) => quoted(column.name));
  await sql.query(
    `DECLARE backup_rows NO SCROLL CURSOR FOR
     SELECT json_build_array(${values})::text AS row FROM ${quoted(name)} ORDER BY ${order.join(', ')}`,
  );
  for (let count = FIRST_LOT_ROWS; ; ) {
    const rows = await sql.query<{ row: string }>(`FETCH ${count} FROM backup_rows`);
    if (rows.length === 0) break;
    const text = `[${rows.map(({ row }) => row).join(',\n')}]\n`;
    yield { rows: rows.length, text };
    const fitting = Math.floor((LOT_CHARACTERS * rows.length) / text.length);
    count = Math.max(1, Math.min(LOT_ROWS, fitting));
  }
  await sql.query('CLOSE backup_rows');
}

export interface Lot {
  readonly rows: number;
  readonly text: string;
}

/** Inserts such a lot; returns its number of rows. */
export async function insertRows(sql: Sql, { name, columns }: StoreTable, text: string): Promise<number> {
  const names = columns.map((column) => quoted(column.name)).join(', ');
  const values = columns.map(({ type }, i) => `(value ->> ${i})::${type}`).join(', ');
  const [{ rows }] = await sql.query<{ rows: number }>(
    `WITH added AS (
       INSERT INTO ${quoted(name)} (${names}) OVERRIDING SYSTEM VALUE
       SELECT ${values} FROM json_array_elements($1::json) WITH ORDINALITY AS lot (value, place) ORDER BY place
       RETURNING 1)
     SELECT count(*)::int AS rows FROM added`,
    [text],
  );
  return rows;
}

/** Makes the database continue numbering after the last number given. */
export async function setIdentities(
  sql: Sql,
  table: string,
  identities: Record<string, string | null>,
): Promise<void> {
  for (const [column, last] of Object.entries(identities)) {
    if (last === null) continue;
    await sql.query('SELECT setval(pg_get_serial_sequence($1, $2), $3::bigint)', [
      quoted(table),
      column,
      last,
    ]);
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
