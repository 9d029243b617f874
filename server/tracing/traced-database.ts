import type { Database, Sql } from '../store/database.js';
import { spanned } from './span.js';

/** A database whose queries become spans of the traced request. Their values are not recorded. */
export function tracedDatabase(database: Database): Database {
  const { query } = tracedSql(database);
  return {
    kind: database.kind,
    query,
    execute: (script) => database.execute(script),
    transaction: (body) =>
      spanned('transaction', SYSTEM, () => database.transaction((sql) => body(tracedSql(sql)))),
    exclusively: (body) => database.exclusively(body),
    close: () => database.close(),
  };
}

/** Name by OpenTelemetry's semantic conventions; PGlite is PostgreSQL too. */
const SYSTEM = { 'db.system.name': 'postgresql' };

function tracedSql(sql: Sql): Sql {
  return {
    query: <Row>(text: string, values?: readonly unknown[]) => {
      const operation = /\w+/.exec(text)?.[0].toUpperCase() ?? 'query';
      const attributes = { ...SYSTEM, 'db.operation.name': operation, 'db.query.text': text };
      return spanned(operation, attributes, () => sql.query<Row>(text, values));
    },
  };
}
